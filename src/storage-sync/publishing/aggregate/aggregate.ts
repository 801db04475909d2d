import type { ObjectMetadata } from '../../../kube/objects/object-metadata.ts';
import type { SourceContent } from '../../keeping/source-content.ts';

/** Says who writes the aggregate. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'multi-cluster-config-exporter';
/** SHA-256 over names and contents: two aggregates with the same hash hold the same. */
export const CONTENT_HASH_ANNOTATION = 'multi-cluster-config-exporter/content-hash';
/** Names of the clusters whose key may be older than their source, sorted, with commas between. */
export const STALE_CLUSTERS_ANNOTATION = 'multi-cluster-config-exporter/stale-clusters';
/** Since when they are, and why (state-memory.ts), for the replica that continues after us. */
export const CLUSTER_STATES_ANNOTATION = 'multi-cluster-config-exporter/cluster-states';
/** The confirmation of a removal (removal-guard.ts) that has had its effect. Missing: there was none. */
export const CONFIRMED_REMOVAL_ANNOTATION = 'multi-cluster-config-exporter/confirmed-removal';

/**
 * On the first part alone: how many parts hold keys, and SHA-256 over their `content-hash`, in order, each with a line feed. A reader that finds
 * another hash has read parts of different times.
 */
export const PARTS_ANNOTATION = 'multi-cluster-config-exporter/parts';
/** In place of the hash while clusters move from one part to another. */
export const MOVING = 'moving';
/** How many parts hold keys, as the first one says. @returns 0: it does not say */
export function countedParts(first: ObjectMetadata | undefined): number {
  return Number.parseInt(first?.annotations.get(PARTS_ANNOTATION) ?? '0', 10) || 0;
}

/** Label of every part: the name of the first. Missing where that name is too long for a label. */
export const AGGREGATE_LABEL = 'multi-cluster-config-exporter/aggregate';

/** The annotations that are ours. */
export const OUR_ANNOTATIONS = [
  PARTS_ANNOTATION,
  CONTENT_HASH_ANNOTATION,
  STALE_CLUSTERS_ANNOTATION,
  CLUSTER_STATES_ANNOTATION,
  CONFIRMED_REMOVAL_ANNOTATION,
] as const;

/** The longest value of a label (k8s.io/apimachinery). */
const LABEL_VALUE_LIMIT = 63;

/** The labels that are ours. @param name of the first part */
export function ourLabels(name: string): Record<string, string> {
  return {
    [MANAGED_BY_LABEL]: MANAGED_BY,
    ...(name.length <= LABEL_VALUE_LIMIT && { [AGGREGATE_LABEL]: name }),
  };
}

/** What one part of the aggregate should be. */
export interface Aggregate {
  /** From 0. */
  readonly part: number;
  readonly contents: ReadonlyMap<string, SourceContent>;
  readonly labels: Readonly<Record<string, string>>;
  /** What is missing here is left as it is. */
  readonly annotations: Readonly<Partial<Record<(typeof OUR_ANNOTATIONS)[number], string>>>;
}
