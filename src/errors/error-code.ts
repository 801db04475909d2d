/**
 * Every code that an error of this service can carry. `docs/errors.md` explains each of them, and a test
 * keeps the two together.
 */
export const ERROR_CODES = [
  'SETTINGS_INVALID',
  'TRACING_SETTINGS_INVALID',
  'HUB_NOT_CONFIGURED',
  'HUB_CREDENTIALS_UNUSABLE',
  'HTTP_PORT_UNAVAILABLE',
  'KUBE_REQUEST_FAILED',
  'WATCH_BROKEN',
  'AGGREGATE_NOT_WRITABLE',
  'NOT_LEADING',
  'COMMAND_FAILED',
  'REGISTRY_UNCERTAIN',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];
