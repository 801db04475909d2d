import { createHash } from 'node:crypto';

/** Within this time removals count together. Milliseconds. */
const WINDOW_MS = 60_000;
/** Fewer keys are never held: a single cluster that leaves is everyday business. */
const LEAST_KEYS = 3;

/** A removal of keys that waits for somebody to confirm it. */
export interface HeldRemoval {
  /** Sorted. */
  readonly clusters: readonly string[];
  /** Covers the names, so that who confirms it confirms this removal and no other. */
  readonly digest: string;
  readonly since: Date;
}

/**
 * Holds a removal of many keys at once: a registry that loses most of its entries is more likely torn than meant so. A key that is
 * held stays so until its entry is back, or the removal is confirmed. Does no I/O.
 */
export class RemovalGuard {
  /** How many keys were removed when, on the monotonic clock. Those that somebody confirmed do not count. */
  private removals: { atMs: number; count: number }[] = [];
  private readonly heldNames = new Set<string>();
  private readonly confirmedNames = new Set<string>();
  private used: string | undefined;
  private current: HeldRemoval | undefined;

  /** @param share of the keys that may go within a minute, 0 to 1; 0 switches the guard off */
  constructor(private readonly share: number) {}

  /** Undefined: nothing is held. */
  get held(): HeldRemoval | undefined {
    return this.current;
  }

  /** The confirmation that has had its effect and is still on the registry. It has none again. */
  get usedConfirmation(): string | undefined {
    return this.used;
  }

  /**
   * Takes what was known before a restart.
   *
   * @param held names of clusters
   */
  recall(held: Iterable<string>, usedConfirmation: string | undefined): void {
    this.used = usedConfirmation;
    if (this.share > 0) for (const name of held) this.heldNames.add(name);
  }

  /**
   * Takes what a version of the registry confirms: the removal of all that are gone, of those that are held, or of a single one.
   *
   * @param confirmation value of the registry's annotation
   * @param gone names of the clusters that have a key and no entry any more
   */
  confirm(confirmation: string | undefined, gone: ReadonlySet<string>): void {
    this.forgetReturned(gone);
    if (confirmation !== this.used) this.used = undefined;
    if (confirmation === undefined || confirmation === this.used) return;
    const match = [[...gone], [...this.heldNames], ...[...gone].map((name) => [name])].find((names) =>
      removalDigests(names).includes(confirmation),
    );
    // What is still there while nothing is gone was for an earlier removal.
    if (match || gone.size === 0) this.used = confirmation;
    for (const name of match ?? []) this.confirmedNames.add(name);
  }

  /**
   * Decides which of the keys may go now; the others are {@link held}.
   *
   * @param gone names of the clusters that have a key and no entry any more
   * @param keys how many clusters have a key, those included
   */
  release(gone: ReadonlySet<string>, keys: number, now: { wall: Date; monotonicMs: number }): Set<string> {
    this.forgetReturned(gone);
    const released = new Set(this.confirmedNames);
    for (const name of released) this.heldNames.delete(name);
    const fresh = [...gone].filter((name) => !released.has(name) && !this.heldNames.has(name));
    if (this.isTooMany(fresh.length, keys - released.size, now.monotonicMs)) {
      for (const name of fresh) this.heldNames.add(name);
    } else if (fresh.length > 0) {
      this.removals.push({ atMs: now.monotonicMs, count: fresh.length });
      for (const name of fresh) released.add(name);
    }
    this.update(now.wall);
    return released;
  }

  /** Forgets everything: another replica counts from here. */
  clear(): void {
    this.removals = [];
    this.heldNames.clear();
    this.confirmedNames.clear();
    this.used = undefined;
    this.current = undefined;
  }

  private forgetReturned(gone: ReadonlySet<string>): void {
    for (const names of [this.heldNames, this.confirmedNames])
      for (const name of names) if (!gone.has(name)) names.delete(name);
  }

  private isTooMany(fresh: number, keys: number, nowMs: number): boolean {
    if (this.share === 0 || fresh === 0) return false;
    this.removals = this.removals.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    const removed = this.removals.reduce((sum, { count }) => sum + count, 0);
    const going = fresh + this.heldNames.size + removed;
    return going >= LEAST_KEYS && going >= this.share * (keys + removed);
  }

  private update(now: Date): void {
    const clusters = [...this.heldNames].toSorted();
    const digest = removalDigest(clusters, this.used);
    if (clusters.length === 0) this.current = undefined;
    else if (this.current?.digest !== digest)
      this.current = { clusters, digest, since: this.current?.since ?? now };
  }
}

/**
 * What confirms the removal of these clusters: 16 hexadecimal digits.
 *
 * @param used a confirmation that has had its effect; the same clusters may leave, come back and leave again
 */
export function removalDigest(clusters: Iterable<string>, used?: string): string {
  return removalDigests(clusters).find((digest) => digest !== used) ?? '';
}

function removalDigests(clusters: Iterable<string>): string[] {
  const names = [...clusters].toSorted().join('\n');
  return ['', 'again\n'].map((prefix) =>
    createHash('sha256').update(`${prefix}${names}`).digest('hex').slice(0, 16),
  );
}
