/** A cluster whose newest content does not fit into the aggregate. */
export interface TooLargeCluster {
  cluster: string;
  since: Date;
}

/**
 * `waiting`: for the first look at registry and aggregate, or for this replica to lead. `held`: the registry names no usable
 * cluster, so the aggregate is left alone. `published`: the hub holds what it shall. `failing`: it does not, and we keep trying.
 */
export const PUBLICATION_STATES = ['waiting', 'held', 'published', 'failing'] as const;

/** How the newest publication went. */
export interface PublicationStatus {
  state: (typeof PUBLICATION_STATES)[number];
  since: Date;
  /** Why it fails, with the remedy. */
  message?: string;
  /** It fails in a way that no other try mends: somebody has to do what the message says. */
  lasting?: true;
  lastWrite?: Date;
  keys: number;
  bytes: number;
  limitBytes: number;
  tooLarge: readonly TooLargeCluster[];
}
