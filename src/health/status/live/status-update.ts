import type { Problem } from '../../problems/problem.ts';
import type { Status, ClusterStatus } from '../status.ts';
import type { Transition } from '../timeline/transition.ts';

/**
 * An event of `GET /api/v1/status/stream`: everything, or the changes since the event before. Applied in order they give the status. It
 * holds no content of any Secret.
 */
export interface StatusUpdate {
  /** True: this is everything, and replaces what was known before. */
  readonly full: boolean;
  /** The rest of the status; always complete. */
  readonly summary: Omit<Status, 'problems' | 'clusters'>;
  /** By subject. */
  readonly problems: Changes<Problem>;
  /** By name. `lastSuccess` is separate, since it changes all the time. */
  readonly clusters: Changes<Omit<ClusterStatus, 'lastSuccess'>>;
  /** Changed ones, by name, in milliseconds since the epoch; `null`: never read successfully. */
  readonly lastSuccess: readonly (readonly [string, number | null])[];
  /** New ones, and those that now cover more clusters. */
  readonly transitions: readonly Transition[];
}

/** Changes of a list. */
export interface Changes<Item> {
  /** New or different. */
  readonly set: readonly Item[];
  /** Keys of removed items. */
  readonly gone: readonly string[];
}
