import type { Explanation } from '../base/errors/explanation.ts';
import type { ObjectRef } from '../kube/objects/object-ref.ts';
import type { WatchStatus } from '../kube/watching/object-watcher.ts';

/**
 * `leader`: this replica alone reads and writes. `standby`: another one does. `unknown`: the Lease could not be looked at
 * since the start, or since it was lost.
 */
export type LeadershipRole = 'leader' | 'standby' | 'unknown';

/** How the leadership stands, for people. */
export interface LeadershipStatus {
  role: LeadershipRole;
  /** Since when `role` is what it is. */
  since: Date;
  /** Absent where no leader is elected, since there is one replica alone. */
  election?: {
    lease: ObjectRef;
    /** This replica, as the Lease names it. */
    identity: string;
    /** Who holds the Lease, as last seen; empty when nobody does. */
    holder: string;
    /** How the Lease is watched. Absent while this replica leads: the leader renews the Lease and watches nothing. */
    watch?: WatchStatus;
    /** Why it could not be taken when it was free; absent once it was taken, or seen in the hands of another. */
    failure?: Explanation;
  };
}

/** A time during which this replica leads. */
export interface Term {
  /** Aborts when the term ends, well before another replica may begin one. */
  readonly signal: AbortSignal;
  /**
   * To be asked when a write is about to leave; the signal alone may be late on a machine that stood still.
   *
   * @throws NotLeadingError when the term has ended, or is not known to last
   */
  permit(): void;
  /** To be told when a write had no answer: it may still be carried out, and nobody else may lead so soon. */
  writeMayStillArrive(): void;
}

/**
 * Whether this replica may read the sources and write the aggregate. Of all replicas one at most leads. Changes are told as
 * `LeadershipChangedEvent`.
 */
export abstract class Leadership {
  abstract get status(): Readonly<LeadershipStatus>;

  /** Undefined while this replica does not lead. Another term is another object. */
  abstract get term(): Term | undefined;
}
