import type { Explanation } from '../../base/errors/explanation.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';

/** A cluster whose newest content does not fit into the aggregate. */
export interface TooLargeCluster {
  cluster: string;
  since: Date;
}

/** One of the Secrets that the aggregate is split over. Each has the limits of a Secret. */
export interface PartStatus {
  readonly secret: ObjectRef;
  readonly keys: number;
  /** Sum over the values. */
  readonly bytes: number;
  /** What etcd holds: values, names, annotations of others. */
  readonly storedBytes: number;
}

/**
 * `waiting`: for the first look at registry and aggregate, or for this replica to lead. `paused`: the registry names no usable
 * cluster, so the aggregate is left alone. `published`: the hub holds what it should. `contested`: somebody else undoes our writes
 * repeatedly, so that we write less often. `failing`: the hub does not hold what it should, and we keep trying.
 */
export const PUBLICATION_STATES = ['waiting', 'paused', 'published', 'contested', 'failing'] as const;

/** One of {@link PUBLICATION_STATES}. */
export type PublicationState = (typeof PUBLICATION_STATES)[number];

/** How the newest publication went. Message and remedy are there while it is `failing` or `contested`. */
export interface PublicationStatus extends Partial<Explanation> {
  state: PublicationState;
  since: Date;
  /** It fails in a way that no retry helps: somebody has to do what the remedy says. */
  lasting?: true;
  lastWrite?: Date;
  keys: number;
  /** Sum over the values. */
  bytes: number;
  /** What Kubernetes lets a Secret hold of these. */
  limitBytes: number;
  /** What etcd holds: values, names, annotations of others. */
  storedBytes: number;
  /** What etcd takes of these. */
  storedLimitBytes: number;
  /** Absent where the aggregate is one Secret. */
  parts?: readonly PartStatus[];
  tooLarge: readonly TooLargeCluster[];
  /** Since when one of the sizes is close to its limit; absent: neither is. */
  nearlyFullSince?: Date;
}
