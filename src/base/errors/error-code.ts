/** Stable, for programs: `MCCE_…`. The set is open, so that extensions can have codes of their own. */
export type ErrorCode = `MCCE_${Uppercase<string>}`;

/**
 * The codes of the exporter itself. `docs/errors.md` explains each of them, and a test keeps the two together.
 */
export const ERROR_CODES = [
  'MCCE_SETTINGS_INVALID',
  'MCCE_TRACING_SETTINGS_INVALID',
  'MCCE_HUB_NOT_CONFIGURED',
  'MCCE_HUB_CREDENTIALS_UNUSABLE',
  'MCCE_HTTP_PORT_UNAVAILABLE',
  'MCCE_OBJECTS_CLASH',
  'MCCE_LEASE_HELD',
  'MCCE_KUBE_REQUEST_FAILED',
  'MCCE_WATCH_BROKEN',
  'MCCE_AGGREGATE_NOT_WRITABLE',
  'MCCE_AGGREGATE_NOT_KEPT',
  'MCCE_AGGREGATE_PARTS',
  'MCCE_NOT_LEADING',
  'MCCE_COMMAND_FAILED',
  'MCCE_EXTENSION_INVALID',
  'MCCE_EXTENSION_FAILED',
  'MCCE_PORT_TAKEN',
  'MCCE_REGISTRY_NAME_TAKEN',
  'MCCE_REGISTRY_UNCERTAIN',
] as const satisfies readonly ErrorCode[];
