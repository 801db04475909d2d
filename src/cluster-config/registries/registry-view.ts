import type { Cluster } from '../cluster.ts';
import type { EntryRefusal } from '../entries/entry.ts';

/**
 * What the registry as a whole looks like. All but `present` may be a mistake, so the aggregate is not touched then;
 * `unknown`: it could not be listed yet.
 */
export const REGISTRY_STATES = ['unknown', 'present', 'missing', 'empty', 'all_rejected'] as const;

/** One of {@link REGISTRY_STATES}. */
export type RegistryState = (typeof REGISTRY_STATES)[number];

/** An entry that was refused. */
export interface RejectedEntry extends EntryRefusal {
  readonly name: string;
  readonly hash: string;
}

/** The registry as it was last seen: every entry is in one of the two maps. Both are by cluster name. */
export interface RegistryView {
  readonly state: RegistryState;
  /** Since when `state` is what it is. */
  readonly since: Date;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly rejected: ReadonlyMap<string, RejectedEntry>;
  /** What somebody wrote to confirm a removal of clusters: {@link CONFIRM_REMOVAL_ANNOTATION}. */
  readonly confirmation: string | undefined;
}

/** Annotation of the registry that confirms a removal of clusters. Its value is the digest that the status shows. */
export const CONFIRM_REMOVAL_ANNOTATION = 'multi-cluster-config-exporter/confirm-removal';
