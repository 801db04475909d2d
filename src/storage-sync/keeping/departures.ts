import type { ClusterRecord } from './cluster-record.ts';
import type { Departures, KeyCounts } from './removal-guard.ts';

/** Nothing is to go, so that nobody counts. */
export const NO_KEYS: KeyCounts = new Map();

/** Clusters that have a key and no entry any more, with the registry that named them. */
export function departuresAmong(records: Iterable<ClusterRecord>): Departures {
  const gone = new Map<string, string | undefined>();
  for (const { name, content, goneSince, registry } of records)
    if (content && goneSince) gone.set(name, registry);
  return gone;
}

/** How many clusters of each registry have a key. */
export function keysByRegistry(records: Iterable<ClusterRecord>): KeyCounts {
  const counts = new Map<string | undefined, number>();
  for (const { content, registry } of records)
    if (content) counts.set(registry, (counts.get(registry) ?? 0) + 1);
  return counts;
}
