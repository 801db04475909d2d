/** What changed. `entry`: a cluster's entry in the registry. */
export type TransitionKind = 'cluster' | 'entry' | 'registry' | 'removal' | 'leadership' | 'aggregate';

/** A change of state, of one thing or of several clusters at once. It holds names, states and times. */
export interface Transition {
  /** Rises with every transition of this process. */
  readonly id: number;
  readonly kind: TransitionKind;
  /** Of several clusters, when the first changed. */
  readonly at: Date;
  /** Absent when there was no state before. */
  readonly from?: string;
  readonly to: string;
  /** Why a cluster is in that state. */
  readonly reason?: string;
  /** Number of clusters; 0 when it is not about clusters. */
  readonly count: number;
  /** Their names, the first few. */
  readonly clusters: readonly string[];
}
