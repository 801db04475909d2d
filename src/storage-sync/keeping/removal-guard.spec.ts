import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RemovalGuard, removalDigest } from './removal-guard.ts';

const SECOND_MS = 1_000;
const names = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `c${from + index}`);

/** A registry of clusters that all have a key, and what becomes of the keys. */
class Rig {
  readonly keys: Set<string>;
  readonly entries: Set<string>;
  confirmation: string | undefined;
  private guard: RemovalGuard;
  private nowMs = 0;

  constructor(
    count: number,
    private readonly share = 0.5,
    private readonly registryOf: (name: string) => string = () => 'secret',
  ) {
    this.keys = new Set(names(count));
    this.entries = new Set(names(count));
    this.guard = new RemovalGuard(share);
  }

  /** @returns what was removed */
  lose(...lost: string[]): string[] {
    for (const name of lost) this.entries.delete(name);
    return this.look();
  }

  bringBack(...back: string[]): string[] {
    for (const name of back) this.entries.add(name);
    return this.look();
  }

  confirm(digest: string | undefined): string[] {
    this.confirmation = digest;
    return this.look();
  }

  wait(ms: number): void {
    this.nowMs += ms;
  }

  /** Another process continues with what the aggregate remembers. */
  restart({ share = this.share, held = this.held }: { share?: number; held?: readonly string[] } = {}): void {
    const used = this.guard.usedConfirmation;
    this.guard = new RemovalGuard(share);
    this.guard.recall(held, used);
  }

  /** The exporter sees the registry, and has other things to do. */
  see(): void {
    this.guard.confirm(this.confirmation, this.gone());
  }

  get held(): readonly string[] {
    return this.guard.held?.clusters ?? [];
  }

  get digest(): string | undefined {
    return this.guard.held?.digest;
  }

  look(): string[] {
    this.see();
    const now = { wall: new Date(this.nowMs), monotonicMs: this.nowMs };
    const released = this.guard.release(this.gone(), this.counts(), now);
    for (const name of released) this.keys.delete(name);
    return [...released].toSorted();
  }

  private gone(): Map<string, string> {
    const gone = [...this.keys].filter((name) => !this.entries.has(name));
    return new Map(gone.map((name) => [name, this.registryOf(name)]));
  }

  private counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const name of this.keys) {
      const registry = this.registryOf(name);
      counts.set(registry, (counts.get(registry) ?? 0) + 1);
    }
    return counts;
  }
}

describe('the removal guard', () => {
  it.each([
    [20, 1],
    [20, 2],
    [20, 9],
    [3, 2],
    [2, 2],
    [100, 49],
  ])('of %i keys lets %i go', (keys, lost) => {
    const rig = new Rig(keys);

    expect(rig.lose(...names(lost))).toHaveLength(lost);
    expect(rig.held).toEqual([]);
  });

  it.each([
    [20, 10],
    [20, 19],
    [3, 3],
    [4, 3],
    [100, 50],
  ])('of %i keys holds %i', (keys, lost) => {
    const rig = new Rig(keys);

    expect(rig.lose(...names(lost))).toEqual([]);
    expect(rig.held).toEqual(names(lost).toSorted());
    expect(rig.keys.size).toBe(keys);
  });

  describe('of several registries', () => {
    /** Of 20 clusters the first 4 are of one registry, the others of another. */
    const rig = () => new Rig(20, 0.5, (name) => (Number(name.slice(1)) < 4 ? 'small' : 'large'));

    it('holds what is many for one of them, and lets go what is few for another', () => {
      const both = rig();

      expect(both.lose(...names(3), ...names(2, 10))).toEqual(names(2, 10));
      expect(both.held).toEqual(names(3));
    });

    it('holds what is many for all of them together', () => {
      const both = new Rig(20, 0.5, (name) => `registry-${Number(name.slice(1)) % 10}`);

      expect(both.lose(...names(10))).toEqual([]);
      expect(both.held).toHaveLength(10);
    });

    it('lets all of it go once it is confirmed', () => {
      const both = rig();
      both.lose(...names(4));

      expect(both.confirm(both.digest)).toEqual(names(4));
    });
  });

  it('counts what goes within a minute together', () => {
    const rig = new Rig(10);
    for (const name of names(4)) {
      expect(rig.lose(name)).toEqual([name]);
      rig.wait(10 * SECOND_MS);
    }

    expect(rig.lose('c4')).toEqual([]);
    expect(rig.held).toEqual(['c4']);
  });

  it('lets a fleet shrink that does so slowly', () => {
    const rig = new Rig(20);
    for (const name of names(17)) {
      expect(rig.lose(name)).toEqual([name]);
      rig.wait(31 * SECOND_MS);
    }
  });

  it('lets all go where it is off, and holds little where the share is small', () => {
    expect(new Rig(20, 0).lose(...names(20))).toHaveLength(20);
    expect(new Rig(20, 0.1).lose(...names(3))).toEqual([]);
    expect(new Rig(20, 1).lose(...names(19))).toHaveLength(19);
  });

  it('continues holding what it held, also when most of it is back', () => {
    const rig = new Rig(20);
    rig.lose(...names(19));

    expect(rig.bringBack(...names(18))).toEqual([]);
    expect(rig.held).toEqual(['c18']);
    rig.wait(3_600 * SECOND_MS);
    expect(rig.look()).toEqual([]);

    rig.bringBack('c18');
    expect(rig.held).toEqual([]);
  });

  it('holds what leaves while much is held', () => {
    const rig = new Rig(20);
    rig.lose(...names(12));
    const before = rig.digest;

    rig.lose('c15');

    expect(rig.held).toContain('c15');
    expect(rig.digest).not.toBe(before);
  });

  it('lets go what is confirmed, and nothing else', () => {
    const rig = new Rig(20);
    rig.lose(...names(12));

    expect(rig.confirm(removalDigest(names(11)))).toEqual([]);
    expect(rig.confirm(rig.digest)).toHaveLength(12);
    expect(rig.held).toEqual([]);
  });

  it('takes a confirmation that comes with the removal, and counts it for nothing', () => {
    const rig = new Rig(20);
    rig.confirmation = removalDigest(names(12));
    expect(rig.lose(...names(12))).toHaveLength(12);

    expect(rig.lose('c12', 'c13', 'c14')).toHaveLength(3);
  });

  it('takes a confirmation of what has just left while other keys are held', () => {
    const rig = new Rig(20);
    rig.lose(...names(12));

    rig.confirmation = removalDigest(['c15']);

    expect(rig.lose('c15')).toEqual(['c15']);
    expect(rig.held).toHaveLength(12);
  });

  it('takes a confirmation once: the same clusters may come back and leave again', () => {
    const rig = new Rig(20);
    rig.lose(...names(12));
    rig.confirm(rig.digest);
    for (const name of names(12)) rig.keys.add(name);
    rig.bringBack(...names(12));

    expect(rig.lose(...names(12))).toEqual([]);
    expect(rig.digest).not.toBe(rig.confirmation);
    expect(rig.confirm(rig.digest)).toHaveLength(12);
  });

  it('does not take a confirmation that was there when nothing was gone', () => {
    const rig = new Rig(20);
    rig.confirm(removalDigest(names(12)));

    expect(rig.lose(...names(12))).toEqual([]);
  });

  it('continues holding after a restart what was held before, however little is left', () => {
    const rig = new Rig(20);
    rig.entries.delete('c0');
    rig.restart({ held: ['c0'] });

    expect(rig.look()).toEqual([]);
    expect(rig.held).toEqual(['c0']);
  });

  it('holds nothing any more once it is off', () => {
    const rig = new Rig(20);
    rig.lose(...names(12));

    rig.restart({ share: 0 });

    expect(rig.look()).toHaveLength(12);
  });

  it('takes no confirmation again after a restart', () => {
    const rig = new Rig(20);
    rig.lose(...names(12));
    rig.confirm(rig.digest);
    for (const name of names(12)) rig.keys.add(name);
    rig.bringBack(...names(12));
    rig.lose(...names(12));

    rig.restart();

    expect(rig.look()).toEqual([]);
    expect(rig.confirm(rig.digest)).toHaveLength(12);
  });

  it('takes a confirmation again once it was taken away: it is a new one', () => {
    const rig = new Rig(20);
    rig.lose(...names(12));
    const { digest } = rig;
    rig.confirm(digest);
    for (const name of names(12)) rig.keys.add(name);
    rig.confirmation = undefined;
    rig.bringBack(...names(12));

    rig.lose(...names(12));

    expect(rig.digest).toBe(digest);
    expect(rig.confirm(digest)).toHaveLength(12);
  });

  it('lets go one after the other what each version of the registry confirms, while the exporter is busy', () => {
    const rig = new Rig(6);
    for (const name of names(4)) {
      rig.entries.delete(name);
      rig.confirmation = removalDigest([name], rig.confirmation);
      rig.see();
    }

    expect(rig.look()).toEqual(names(4));
  });

  it('forgets a confirmation for clusters that came back before it had its effect', () => {
    const rig = new Rig(6);
    for (const name of names(4)) rig.entries.delete(name);
    rig.confirmation = removalDigest(names(4));
    rig.see();
    for (const name of names(4)) rig.entries.add(name);
    rig.see();

    expect(rig.lose(...names(4))).toEqual([]);
  });

  it('never lets half of the keys go within a minute without a confirmation', () => {
    const step = fc.record({
      lose: fc.uniqueArray(fc.integer({ min: 0, max: 29 }), { maxLength: 10 }),
      back: fc.uniqueArray(fc.integer({ min: 0, max: 29 }), { maxLength: 5 }),
      waitMs: fc.integer({ min: 0, max: 40 * SECOND_MS }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const rig = new Rig(30);
        const removals: { atMs: number; count: number; of: number }[] = [];
        let nowMs = 0;
        for (const { lose, back, waitMs } of steps) {
          rig.wait(waitMs);
          nowMs += waitMs;
          rig.bringBack(...back.map((index) => `c${index}`).filter((name) => rig.keys.has(name)));
          const of = rig.keys.size;
          const count = rig.lose(...lose.map((index) => `c${index}`)).length;
          removals.push({ atMs: nowMs, count, of });
          const recent = removals.filter(({ atMs }) => nowMs - atMs < 60 * SECOND_MS);
          const removed = recent.reduce((sum, each) => sum + each.count, 0);
          if (count > 0 && removed >= 3) expect(removed).toBeLessThan(0.5 * (recent[0]?.of ?? 0));
        }
      }),
    );
  });
});
