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

/** Clusters that have a key and no entry any more, with the registry that named them; undefined: not known. */
export type Departures = ReadonlyMap<string, string | undefined>;

/** How many clusters have a key, by registry, those included that left. Undefined: their registry is not known. */
export type KeyCounts = ReadonlyMap<string | undefined, number>;

/** Keys that were removed. Those that somebody confirmed do not count. */
interface Removal {
  /** On the monotonic clock. */
  readonly atMs: number;
  readonly registry: string | undefined;
  readonly count: number;
}

/**
 * Holds a removal of many keys at once, of one registry or of all together: a registry that loses most of its entries is more likely torn than meant so. A key that is
 * held stays so until its entry is back, or the removal is confirmed. Does no I/O.
 */
export class RemovalGuard {
  private removals: Removal[] = [];
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
   */
  confirm(confirmation: string | undefined, gone: Departures): void {
    this.forgetReturned(gone);
    if (confirmation !== this.used) this.used = undefined;
    if (confirmation === undefined || confirmation === this.used) return;
    const left = [...gone.keys()];
    const match = [left, [...this.heldNames], ...left.map((name) => [name])].find((names) =>
      removalDigests(names).includes(confirmation),
    );
    // What is still there while nothing is gone was for an earlier removal.
    if (match || gone.size === 0) this.used = confirmation;
    for (const name of match ?? []) this.confirmedNames.add(name);
  }

  /**
   * Decides which of the keys may go now; the others are {@link held}.
   *
   * @param keys how many clusters have a key
   */
  release(gone: Departures, keys: KeyCounts, now: { wall: Date; monotonicMs: number }): Set<string> {
    this.forgetReturned(gone);
    const released = new Set(this.confirmedNames);
    for (const name of released) this.heldNames.delete(name);
    const fresh = [...gone.keys()].filter((name) => !released.has(name) && !this.heldNames.has(name));
    this.removals = this.removals.filter(({ atMs }) => now.monotonicMs - atMs < WINDOW_MS);
    const count = (names: Iterable<string>, registry: string | undefined) =>
      [...names].filter((name) => gone.get(name) === registry).length;
    const parts = [...new Set(fresh.map((name) => gone.get(name)))].map((registry) => ({
      registry,
      fresh: count(fresh, registry),
      held: count(this.heldNames, registry),
      keys: (keys.get(registry) ?? 0) - count(released, registry),
      removed: sum(this.removals.filter((removal) => removal.registry === registry)),
    }));
    const all = {
      fresh: fresh.length,
      held: this.heldNames.size,
      keys: [...keys.values()].reduce((total, each) => total + each, 0) - released.size,
      removed: sum(this.removals),
    };
    const tooMany = this.isTooMany(all);
    for (const part of parts) {
      const names = fresh.filter((name) => gone.get(name) === part.registry);
      const holds = tooMany || this.isTooMany(part);
      for (const name of names) (holds ? this.heldNames : released).add(name);
      if (!holds) this.removals.push({ atMs: now.monotonicMs, registry: part.registry, count: names.length });
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

  private forgetReturned(gone: Departures): void {
    for (const names of [this.heldNames, this.confirmedNames])
      for (const name of names) if (!gone.has(name)) names.delete(name);
  }

  private isTooMany({ fresh, held, keys, removed }: Going): boolean {
    if (this.share === 0 || fresh === 0) return false;
    const going = fresh + held + removed;
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

/** How many keys of a registry, or of all, are about to go. */
interface Going {
  readonly fresh: number;
  readonly held: number;
  /** That there are, without those whose removal was confirmed. */
  readonly keys: number;
  /** That went within the window. */
  readonly removed: number;
}

function sum(removals: readonly Removal[]): number {
  return removals.reduce((total, { count }) => total + count, 0);
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
