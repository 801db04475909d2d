import type { ClusterStatus, StatusDocument } from '../../src/cli/status/status-document.ts';
import { withCommands } from '../../src/health/problems/commands.ts';
import { type Facts, problemsOf } from '../../src/health/problems/problems.ts';

/** The moment of all statuses that are built here. */
export const NOW = new Date('2026-11-23T10:00:00Z');

/** So many seconds before {@link NOW}. */
export function secondsAgo(seconds: number): string {
  return new Date(NOW.getTime() - seconds * 1_000).toISOString();
}

/** A cluster that is synced, but for what is given. */
export function aCluster(name: string, but: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    name,
    state: 'synced',
    reason: 'ok',
    since: secondsAgo(3_600),
    lastSuccess: secondsAgo(12),
    published: true,
    server: `https://${name}.example:6443`,
    credentials: [{ kind: 'token', expires: new Date(NOW.getTime() + 362 * 86_400_000).toISOString() }],
    watch: { connected: true, since: secondsAgo(3_600) },
    ...but,
  };
}

/** A cluster whose newest reading ran into its timeout. */
export function aStaleCluster(name: string): ClusterStatus {
  return aCluster(name, {
    state: 'stale',
    reason: 'timeout',
    message: 'The server did not answer in time.',
    remedy: 'Check the network and the load of the server.',
    since: secondsAgo(300),
    lastSuccess: secondsAgo(310),
    watch: { connected: false, since: secondsAgo(300) },
  });
}

/** Changes a status in some way. */
type Change = (status: StatusDocument) => StatusDocument;

/** What a leader answers: all is well, but for what the changes make of it, and the exporter's judgement of that. */
export function aStatus(...changes: Change[]): StatusDocument {
  const watch = { connected: true, since: secondsAgo(86_400), listed: true };
  const well: StatusDocument = {
    apiVersion: 'multi-cluster-config-exporter/v1',
    kind: 'Status',
    version: '0.1.0',
    problems: [],
    hub: { server: 'https://hub.example:6443' },
    leadership: { role: 'leader', since: secondsAgo(86_400) },
    registry: {
      secret: { namespace: 'storage', name: 'multi-k8s-config' },
      state: 'present',
      since: secondsAgo(86_400 * 12),
      entries: 0,
      rejected: 0,
      watch,
    },
    aggregate: {
      secret: { namespace: 'storage', name: 'multi-storage-config' },
      watch,
      state: 'published',
      since: secondsAgo(86_400 * 12),
      lastWrite: secondsAgo(300),
      keys: 0,
      bytes: 0,
      limitBytes: 1_048_576,
      storedBytes: 0,
      storedLimitBytes: 1_540_096,
      tooLarge: [],
    },
    counts: { pending: 0, synced: 0, stale: 0, missing: 0, rejected: 0 },
    clusters: [],
  };
  const status = changes.reduce((changed, change) => change(changed), well);
  const facts = withDates(status);
  return { ...status, problems: overTheWire(withCommands(problemsOf(facts, NOW.getTime()), facts)) };
}

/** Names them in registry and aggregate too. */
export function withClusters(...clusters: ClusterStatus[]): Change {
  return (status) => ({
    ...status,
    registry: { ...status.registry, entries: clusters.length },
    aggregate: { ...status.aggregate, keys: clusters.length, bytes: 1_234 * clusters.length },
    clusters,
  });
}

export function withRegistry(but: Partial<StatusDocument['registry']>): Change {
  return (status) => ({ ...status, registry: { ...status.registry, ...but } });
}

export function withAggregate(but: Partial<StatusDocument['aggregate']>): Change {
  return (status) => ({ ...status, aggregate: { ...status.aggregate, ...but } });
}

export function withLeadership(leadership: StatusDocument['leadership']): Change {
  return (status) => ({ ...status, leadership });
}

/** Times are text over the wire, and Dates where they are judged. */
function withDates(status: StatusDocument): Facts {
  return JSON.parse(JSON.stringify(status), (_key, value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value) : value,
  ) as Facts;
}

function overTheWire(problems: ReturnType<typeof problemsOf>): StatusDocument['problems'] {
  return JSON.parse(JSON.stringify(problems)) as StatusDocument['problems'];
}
