import { checkedSettingsSchema, type ParsedEnvironment, settingsSchema } from './settings.schema.ts';
import { SettingsInvalidError } from './settings-invalid.error.ts';

/**
 * The settings of the service, parsed once from the environment. It is its own DI token. All durations are
 * milliseconds.
 */
export class Settings {
  /** Undefined: the namespace of the hub's own credentials. */
  readonly namespace: string | undefined;
  readonly registrySecret: string;
  readonly aggregateSecret: string;
  /** Secrets that the aggregate may be split over. */
  readonly aggregateParts: number;
  readonly sourceSecret: string;
  /** Undefined: the same as `namespace`. */
  readonly sourceNamespace: string | undefined;
  readonly syncIntervalMs: number;
  /** After which a cluster that fails is called stale in the aggregate. One interval: a single failure is no news. */
  readonly staleAfterMs: number;
  readonly readTimeoutMs: number;
  readonly readConcurrency: number;
  readonly watchSources: boolean;
  readonly missingGraceMs: number;
  /** 0: never. */
  readonly staleTtlMs: number;
  /** Share of the keys that may go within a minute, 0 to 1. 0: any. */
  readonly removalGuard: number;
  readonly allowInsecureTls: boolean;
  readonly allowProxy: boolean;
  readonly payloadCheck: 'none' | 'primus-lens';
  readonly httpPort: number;
  readonly logLevel: ParsedEnvironment['MCCE_LOG_LEVEL'];
  readonly logFormat: ParsedEnvironment['MCCE_LOG_FORMAT'];
  readonly leaderElection: boolean;
  /** How long the port stays open after SIGTERM. */
  readonly shutdownDelayMs: number;
  readonly events: boolean;
  /** Names of built-in extensions, or paths. */
  readonly extensions: readonly string[];

  constructor(environment: ParsedEnvironment) {
    this.namespace = environment.MCCE_NAMESPACE;
    this.registrySecret = environment.MCCE_REGISTRY_SECRET;
    this.aggregateSecret = environment.MCCE_AGGREGATE_SECRET;
    this.aggregateParts = environment.MCCE_AGGREGATE_PARTS;
    this.sourceSecret = environment.MCCE_SOURCE_SECRET;
    this.sourceNamespace = environment.MCCE_SOURCE_NAMESPACE;
    this.syncIntervalMs = environment.MCCE_SYNC_INTERVAL;
    this.staleAfterMs = environment.MCCE_SYNC_INTERVAL;
    this.readTimeoutMs = environment.MCCE_READ_TIMEOUT;
    this.readConcurrency = environment.MCCE_READ_CONCURRENCY;
    this.watchSources = environment.MCCE_WATCH_SOURCES;
    this.missingGraceMs = environment.MCCE_MISSING_GRACE;
    this.staleTtlMs = environment.MCCE_STALE_TTL;
    this.removalGuard = environment.MCCE_REMOVAL_GUARD;
    this.allowInsecureTls = environment.MCCE_ALLOW_INSECURE_TLS;
    this.allowProxy = environment.MCCE_ALLOW_PROXY;
    this.payloadCheck = environment.MCCE_PAYLOAD_CHECK;
    this.httpPort = environment.MCCE_HTTP_PORT;
    this.logLevel = environment.MCCE_LOG_LEVEL;
    this.logFormat = environment.MCCE_LOG_FORMAT;
    this.leaderElection = environment.MCCE_LEADER_ELECTION;
    this.shutdownDelayMs = environment.MCCE_SHUTDOWN_DELAY;
    this.events = environment.MCCE_EVENTS;
    this.extensions = environment.MCCE_EXTENSIONS;
  }
}

/**
 * Parses the environment. An empty variable counts as unset, since templates often render one.
 *
 * @throws SettingsInvalidError naming every problem at once, never a value
 */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const present = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
  const result = checkedSettingsSchema.safeParse(Object.fromEntries(present));
  if (!result.success) {
    throw new SettingsInvalidError(
      result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`),
    );
  }
  return new Settings(result.data);
}

/** What MCCE_EXTENSIONS lists, before the other settings are looked at. @throws SettingsInvalidError */
export function extensionsListed({
  MCCE_EXTENSIONS = '',
}: {
  MCCE_EXTENSIONS?: string | undefined;
}): string[] {
  const result = settingsSchema.shape.MCCE_EXTENSIONS.safeParse(MCCE_EXTENSIONS);
  if (result.success) return result.data;
  throw new SettingsInvalidError(result.error.issues.map(({ message }) => `MCCE_EXTENSIONS ${message}`));
}

/**
 * Names of variables that look like settings but are none: most likely typing errors.
 *
 * @param known those of extensions
 */
export function unknownSettings(
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly string[] = [],
): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('MCCE_') && !(name in settingsSchema.shape) && !known.includes(name))
    .toSorted();
}
