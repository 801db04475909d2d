import type { Problem } from '../../problems/problem.ts';
import type { Status, ClusterStatus } from '../status.ts';
import type { Transition } from '../timeline/transition.ts';

/**
 * What an event of `GET /api/v1/status/stream` holds: everything, or what has changed since the one before. Whoever applies them in
 * their order has the status. It holds no content of any Secret.
 */
export interface StatusUpdate {
  /** This is everything, and what was known before counts no more. */
  readonly full: boolean;
  /** By the exporter's clock, for whoever counts ages. */
  readonly now: Date;
  /** What there is one of; always whole. */
  readonly summary: Omit<Status, 'problems' | 'clusters'>;
  /** By subject. */
  readonly problems: Changes<Problem>;
  /** By name. `lastSuccess` is apart, since it changes all the time. */
  readonly clusters: Changes<Omit<ClusterStatus, 'lastSuccess'>>;
  /** When clusters were last read well, by name, in milliseconds since the epoch; `null`: never. Only what has changed. */
  readonly lastSuccess: readonly (readonly [string, number | null])[];
  /** Those that are new, or have grown, by id. */
  readonly transitions: readonly Transition[];
}

/** What changed in a list. */
export interface Changes<Item> {
  /** New or different. */
  readonly set: readonly Item[];
  /** Keys of what is no more. */
  readonly gone: readonly string[];
}
