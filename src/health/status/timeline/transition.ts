/** What became otherwise. `entry`: of the registry, by cluster. */
export type TransitionKind = 'cluster' | 'entry' | 'registry' | 'removal' | 'leadership' | 'aggregate';

/** Something that changed lately, or the same that changed for several clusters at once. It holds names, states and times. */
export interface Transition {
  /** Rises with every transition of this process. */
  readonly id: number;
  readonly kind: TransitionKind;
  /** When it changed; of several clusters, the first. */
  readonly at: Date;
  /** Absent where there was nothing before. */
  readonly from?: string;
  readonly to: string;
  /** Why, of a cluster. */
  readonly reason?: string;
  /** How many clusters; 0 where it is not about clusters. */
  readonly count: number;
  /** Their names, the first few. */
  readonly clusters: readonly string[];
}
