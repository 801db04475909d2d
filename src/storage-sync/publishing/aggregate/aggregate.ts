import type { SourceContent } from '../../keeping/source-content.ts';

/** Says who writes the aggregate. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'multi-cluster-config-exporter';
/** SHA-256 over names and contents: two aggregates with the same hash hold the same. */
export const CONTENT_HASH_ANNOTATION = 'multi-cluster-config-exporter/content-hash';
/** Names of the clusters whose key may be older than their source, sorted, with commas between. */
export const STALE_CLUSTERS_ANNOTATION = 'multi-cluster-config-exporter/stale-clusters';
/** Since when they are, and why (state-memory.ts), for whoever goes on after us. */
export const CLUSTER_STATES_ANNOTATION = 'multi-cluster-config-exporter/cluster-states';
/** The confirmation of a removal (removal-guard.ts) that has had its effect. Missing: there was none. */
export const CONFIRMED_REMOVAL_ANNOTATION = 'multi-cluster-config-exporter/confirmed-removal';

/** The annotations that are ours. */
export const OUR_ANNOTATIONS = [
  CONTENT_HASH_ANNOTATION,
  STALE_CLUSTERS_ANNOTATION,
  CLUSTER_STATES_ANNOTATION,
  CONFIRMED_REMOVAL_ANNOTATION,
] as const;

/** What the aggregate should be. */
export interface Aggregate {
  readonly contents: ReadonlyMap<string, SourceContent>;
  /** What is missing here is left as it is. */
  readonly annotations: Readonly<Partial<Record<(typeof OUR_ANNOTATIONS)[number], string>>>;
}
