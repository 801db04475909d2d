import type { LeaseSnapshot } from '../kube/objects/lease-snapshot.ts';

/**
 * Judges when a Lease is free for one candidate. A renewal counts from when we saw it, on our own monotonic clock: clocks of two
 * machines may differ by anything (as in client-go, `tools/leaderelection`). How long it counts is not read from the Lease,
 * which anybody may edit: all replicas agree on it.
 */
export class Vacancy {
  private seen: { lease: LeaseSnapshot; atMs: number } | undefined;

  /**
   * @param identity of the candidate, for whom its own Lease is free: it starts over
   * @param leaseMs how long a renewal counts
   */
  constructor(
    private readonly identity: string,
    private readonly leaseMs: number,
  ) {}

  /**
   * Takes what the API server holds.
   *
   * @param nowMs on the monotonic clock
   * @returns milliseconds until it is free, provided that nothing changes; 0: it is free now
   */
  observe(lease: LeaseSnapshot | undefined, nowMs: number): number {
    // A Lease that somebody deletes is still its holder's until its time is over.
    if (lease && !(this.seen && isSameRenewal(this.seen.lease, lease))) this.seen = { lease, atMs: nowMs };
    if (!this.seen) return 0;
    const { holder } = this.seen.lease;
    if (holder === '' || holder === this.identity) return 0;
    return Math.max(0, this.seen.atMs + this.leaseMs - nowMs);
  }
}

function isSameRenewal(one: LeaseSnapshot, other: LeaseSnapshot): boolean {
  return (
    one.holder === other.holder && one.renewTime === other.renewTime && one.transitions === other.transitions
  );
}
