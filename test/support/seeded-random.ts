import { createHash } from 'node:crypto';

/** Random choices that a seed decides, so that a run can be repeated. */
export class SeededRandom {
  private readonly seed: string;
  private count = 0;

  constructor(seed: string) {
    this.seed = seed;
  }

  /** A whole number from 0 up to, and without, the limit. */
  below(limit: number): number {
    const digest = createHash('sha256')
      .update(`${this.seed}/${this.count++}`)
      .digest();
    return digest.readUInt32BE() % limit;
  }

  /** So many of the items, each at most once. */
  sample<Item>(items: readonly Item[], count: number): Item[] {
    const rest = [...items];
    return Array.from({ length: Math.min(count, items.length) }, () =>
      rest.splice(this.below(rest.length), 1),
    ).flat();
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }
}
