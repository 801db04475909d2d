import { z } from 'zod';
import {
  boolean,
  durationBetween,
  integerBetween,
  list,
  namespaceName,
  secretName,
  share,
} from './setting-types.ts';

/** The log levels, most talkative first. */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** The longest value of a label (k8s.io/apimachinery). */
const LABEL_VALUE_LIMIT = 63;

/**
 * Every setting: its environment variable, what it accepts, its default and its meaning. The service reads it from
 * here, and docs/configuration.md is written from here.
 */
export const settingsSchema = z.object({
  MCCE_NAMESPACE: namespaceName.optional().meta({
    fallback: "the pod's namespace, else the kubeconfig context's, else `default`",
    description: 'Namespace on the hub that holds the registry and the aggregate.',
  }),
  MCCE_REGISTRY_SECRET: secretName.default('multi-k8s-config').meta({
    description: 'Name of the registry: the Secret that names the clusters and how to reach them.',
  }),
  MCCE_AGGREGATE_SECRET: secretName.default('multi-storage-config').meta({
    description: 'Name of the aggregate: the Secret that the exporter writes. Must differ from the registry.',
  }),
  MCCE_AGGREGATE_PARTS: integerBetween(1, 64).prefault('1').meta({
    description:
      'Secrets that the aggregate may be split over when it does not fit into one: `<name>`, `<name>-1` and so on. 1 to 64.',
  }),
  MCCE_SOURCE_SECRET: secretName.default('storage-config').meta({
    description: 'Name of the source: the Secret that is read in every cluster.',
  }),
  MCCE_SOURCE_NAMESPACE: namespaceName.optional().meta({
    fallback: 'value of `MCCE_NAMESPACE`',
    description: 'Namespace of the source in every cluster.',
  }),
  MCCE_SYNC_INTERVAL: durationBetween('1s', '1h').prefault('30s').meta({
    description: 'Time between two passes, with 10% jitter. 1s to 1h.',
  }),
  MCCE_READ_TIMEOUT: durationBetween('100ms', '5m').prefault('10s').meta({
    description: 'For one read of one cluster, connection and body included. 100ms to 5m.',
  }),
  MCCE_READ_CONCURRENCY: integerBetween(1, 10_000).prefault('64').meta({
    description: 'How many reads may be under way at once. 1 to 10000.',
  }),
  MCCE_WATCH_SOURCES: boolean.prefault('true').meta({
    description:
      'Watch every source and publish a change when it happens. `false`, or where a cluster grants only `get`: read it in every pass.',
  }),
  MCCE_MISSING_GRACE: durationBetween('1s', '720h', { orZero: true }).prefault('5m').meta({
    description: "How long a cluster's key survives the deletion of its source. 0 removes it at once.",
  }),
  MCCE_STALE_TTL: durationBetween('1s', '8760h', { orZero: true }).prefault('0').meta({
    description: "How long a cluster's key survives without a successful read. 0 keeps it forever.",
  }),
  MCCE_REMOVAL_GUARD: share.prefault('50%').meta({
    description:
      'Share of the keys that changes of the registry may remove within a minute. A removal of at least this share, and of at least 3 keys, is held until it is confirmed. `0` switches the guard off.',
  }),
  MCCE_ALLOW_INSECURE_TLS: boolean.prefault('false').meta({
    description: 'Accept entries that skip the verification of the server certificate.',
  }),
  MCCE_ALLOW_PROXY: boolean.prefault('false').meta({
    description: 'Accept entries that name a proxy.',
  }),
  MCCE_PAYLOAD_CHECK: z.enum(['none', 'primus-lens'], 'must be none or primus-lens').default('none').meta({
    description:
      '`primus-lens`: the keys `prometheus` and `postgres` of a source must each hold a JSON object, and `opensearch` where it is there.',
  }),
  MCCE_HTTP_PORT: integerBetween(0, 65_535).prefault('8080').meta({
    description: 'Port for probes and status. 0 takes any free port; the log names it.',
  }),
  MCCE_LOG_LEVEL: z
    .enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`)
    .default('info')
    .meta({
      description: `Least severe level that is logged: ${LOG_LEVELS.join(', ')}.`,
    }),
  MCCE_LOG_FORMAT: z.enum(['json', 'pretty'], 'must be json or pretty').default('json').meta({
    description: '`json`: one object a line. `pretty`: for a terminal.',
  }),
  MCCE_LEADER_ELECTION: boolean.prefault('false').meta({
    description:
      'Run only while holding the Lease `multi-cluster-config-exporter`. Needed for several replicas.',
  }),
  MCCE_SHUTDOWN_DELAY: durationBetween('100ms', '8s', { orZero: true }).prefault('0').meta({
    description:
      'How long the port stays open after SIGTERM, so that clients of the Service learn that the pod has gone. `/readyz` fails at once, and the Lease is released without waiting. 100ms to 8s, or 0.',
  }),
  MCCE_EXTENSIONS: list(
    /^([a-z][a-z0-9-]*|\/.+)$/,
    'must be names of built-in extensions, or absolute paths, with commas between',
  )
    .prefault('')
    .meta({
      fallback: 'none',
      description:
        'What extends the exporter: names of built-in extensions, or absolute paths of files, with commas between; see [extending](extending.md). Their settings are `MCCE_X_<EXTENSION>_…`.',
    }),
  MCCE_EVENTS: boolean.prefault('true').meta({
    description: 'Tell of changes by Events on registry and aggregate. Needs `create` on Events.',
  }),
});

/** The same, with what several settings must fulfil together. */
export const checkedSettingsSchema = settingsSchema.refine(
  // Every part carries the name of the first in a label.
  ({ MCCE_AGGREGATE_SECRET, MCCE_AGGREGATE_PARTS }) =>
    MCCE_AGGREGATE_PARTS === 1 || MCCE_AGGREGATE_SECRET.length <= LABEL_VALUE_LIMIT,
  {
    path: ['MCCE_AGGREGATE_SECRET'],
    message: `must have at most ${LABEL_VALUE_LIMIT} characters when MCCE_AGGREGATE_PARTS is above 1`,
  },
);

/** Result of parsing the environment. */
export type ParsedEnvironment = z.output<typeof settingsSchema>;
