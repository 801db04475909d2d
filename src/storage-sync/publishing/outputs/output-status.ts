import type { Explanation } from '../../../base/errors/explanation.ts';

/** `waiting`: for the aggregate to be published, or the hub to list the objects. `failing`: not all are as they should be. */
export const OUTPUT_STATES = ['waiting', 'current', 'failing'] as const;

/** How an output stands. Message and remedy are there while it is `failing`, or it is known what it waits for. */
export interface OutputStatus extends Partial<Explanation> {
  readonly name: string;
  /** The extension that it is of. */
  readonly extension: string;
  readonly state: (typeof OUTPUT_STATES)[number];
  readonly since: Date;
  /** How many objects are wanted. */
  readonly wanted: number;
  /** How many of these are there as they are wanted. */
  readonly applied: number;
  /** Objects that are there and are not ours: `Kind/namespace/name`. Sorted. */
  readonly refused: readonly string[];
}
