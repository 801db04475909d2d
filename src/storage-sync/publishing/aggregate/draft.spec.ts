import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WantedKey } from '../../keeping/cluster-states.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import {
  CLUSTER_STATES_ANNOTATION,
  CONTENT_HASH_ANNOTATION,
  PARTS_ANNOTATION,
  STALE_CLUSTERS_ANNOTATION,
} from './aggregate.ts';
import { AggregateDraft } from './draft.ts';
import { SECRET_LIMIT_BYTES } from '../../../kube/objects/secret-limit.ts';
import { STORED_LIMIT_BYTES, storedBytes } from './secret-size.ts';

const KIB = 1024;
/** A content of a size, told apart by its text. */
const content = (text: string, bytes = 10): SourceContent => ({
  encoded: `encoded ${text}`,
  bytes,
  digest: text,
});
const key = (text: string, bytes?: number, memory?: string): WantedKey => ({
  content: content(text, bytes),
  memory,
});
const draftOf = (
  keys: Record<string, WantedKey | undefined>,
  published: Record<string, SourceContent> = {},
) => {
  const draft = new AggregateDraft({ held: [new Map(Object.entries(published))] });
  draft.revise(new Map(Object.entries(keys)));
  return draft;
};
/** All of its parts together. */
const contentsOf = ({ parts }: AggregateDraft) => new Map(parts.flatMap(({ contents }) => [...contents]));
const digests = (draft: AggregateDraft) =>
  Object.fromEntries([...contentsOf(draft)].map(([name, { digest }]) => [name, digest]));

describe('the draft of the aggregate', () => {
  it('holds the content of every cluster that has one', () => {
    const draft = draftOf({ west: key('w'), none: undefined, east: key('e') });

    expect(digests(draft)).toEqual({ east: 'e', west: 'w' });
    expect(draft.bytes).toBe(20);
  });

  it('changes what it is told, and nothing else', () => {
    const draft = draftOf({ west: key('w'), north: key('n'), east: key('e') });

    draft.revise(
      new Map([
        ['west', key('w2', 30)],
        ['north', undefined],
        ['south', key('s')],
      ]),
    );

    expect(digests(draft)).toEqual({ east: 'e', west: 'w2', south: 's' });
    expect(draft.bytes).toBe(50);
  });

  it('names the clusters that may be out of date, sorted, with what is to be remembered', () => {
    const annotations = draftOf({
      b: key('1', 10, 'b stale'),
      a: key('2', 10, 'a missing'),
      c: key('3'),
    }).annotationsOf(0);

    expect(annotations[STALE_CLUSTERS_ANNOTATION]).toBe('a,b');
    expect(annotations[CLUSTER_STATES_ANNOTATION]).toBe('a missing,b stale');
  });

  it('forgets that a cluster was out of date', () => {
    const draft = draftOf({ a: key('2', 10, 'a missing') });

    draft.revise(new Map([['a', key('2')]]));

    expect(draft.annotationsOf(0)).toMatchObject({
      [STALE_CLUSTERS_ANNOTATION]: '',
      [CLUSTER_STATES_ANNOTATION]: '',
    });
  });

  it('has a hash that depends on names and contents and on nothing else', () => {
    const hash = (keys: Record<string, WantedKey>) => draftOf(keys).annotationsOf(0)[CONTENT_HASH_ANNOTATION];

    expect(hash({ a: key('1'), b: key('2') })).toBe(hash({ b: key('2', 10, 'b stale'), a: key('1') }));
    expect(hash({ a: key('1') })).not.toBe(hash({ a: key('2') }));
    expect(hash({ a: key('1') })).not.toBe(hash({ b: key('1') }));
  });

  describe('at the limit', () => {
    it('takes what fits exactly', () => {
      expect(draftOf({ a: key('full', SECRET_LIMIT_BYTES) })).toMatchObject({
        bytes: SECRET_LIMIT_BYTES,
        tooLarge: [],
      });
    });

    it('leaves out the one that does not fit, and keeps its published content', () => {
      const draft = draftOf(
        { a: key('huge', SECRET_LIMIT_BYTES), b: key('b') },
        { a: content('old'), b: content('b') },
      );

      expect(digests(draft)).toEqual({ a: 'old', b: 'b' });
      expect(draft.tooLarge).toEqual(['a']);
      expect(draft.annotationsOf(0)[STALE_CLUSTERS_ANNOTATION]).toBe('a');
      expect(draft.bytes).toBe(20);
    });

    it('leaves out a new cluster that does not fit', () => {
      const draft = draftOf(
        { a: key('a', 600 * KIB), b: key('b', 600 * KIB) },
        { a: content('a', 600 * KIB) },
      );

      expect(digests(draft)).toEqual({ a: 'a' });
      expect(draft.tooLarge).toEqual(['b']);
    });

    it('lets one that shrinks make room for one that grows', () => {
      const draft = draftOf(
        { a: key('a2', 100 * KIB), b: key('b2', 900 * KIB) },
        { a: content('a1', 900 * KIB), b: content('b1', 100 * KIB) },
      );

      expect(draft).toMatchObject({ bytes: 1000 * KIB, tooLarge: [] });
    });

    it('lets a removed cluster make room, at once or later', () => {
      const draft = draftOf({ new: key('new', 900 * KIB) }, { gone: content('gone', 900 * KIB) });
      expect(draft.tooLarge).toEqual(['new']);

      draft.revise(new Map([['gone', undefined]]));

      expect(digests(draft)).toEqual({ new: 'new' });
      expect(draft.tooLarge).toEqual([]);
    });

    it('counts what etcd holds: names twice, and what others wrote', () => {
      const names = Array.from({ length: 12_000 }, (_, index) => `c${index}`.padEnd(63, '-'));
      const draft = draftOf(Object.fromEntries(names.map((name) => [name, key(name, 2)])));

      expect(draft.bytes).toBeLessThan(SECRET_LIMIT_BYTES / 10);
      expect(draft.stored).toBeLessThanOrEqual(STORED_LIMIT_BYTES);
      expect(draft.stored).toBeGreaterThan(STORED_LIMIT_BYTES - storedBytes(names[0] ?? '', 2));
      expect(draft.tooLarge.length).toBe(names.length - draft.keys);

      const crowded = new AggregateDraft();
      crowded.revise(new Map(names.map((name) => [name, key(name, 2)])), [
        { annotations: 100_000, labels: 1_000 },
      ]);
      expect(draft.keys - crowded.keys).toBeCloseTo(101_000 / storedBytes(names[0] ?? '', 2), -1);
    });

    it('gives lists the room that data leave, and no more than 64 KiB', () => {
      const names = Array.from({ length: 4_000 }, (_, index) => `c${index}`.padEnd(63, '-'));
      const stale = (bytes: number) =>
        draftOf(Object.fromEntries(names.map((name) => [name, key(name, bytes, `${name} stale`)])));

      const annotationsOfStale = stale(2).annotationsOf(0);
      const lists = [STALE_CLUSTERS_ANNOTATION, CLUSTER_STATES_ANNOTATION].map(
        (name) => annotationsOfStale[name as keyof typeof annotationsOfStale] ?? '',
      );
      expect(lists.map((list) => list.length)).toEqual([
        expect.closeTo(64 * KIB, -3),
        expect.closeTo(64 * KIB, -3),
      ]);
      for (const list of lists) expect(list).toMatch(/,… and \d+ more$/);

      const full = stale(240);
      const annotations = Object.values(full.annotationsOf(0)).join('').length;
      expect(full.stored + annotations).toBeLessThanOrEqual(STORED_LIMIT_BYTES);
      expect(annotations).toBeLessThan(16 * KIB);
    });
  });

  it('is what a build of all of it gives, after any changes', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const change = fc.record({
      name: fc.constantFrom(...names),
      key: fc.option(
        fc.record({
          digest: fc.constantFrom('1', '2', '3'),
          kib: fc.constantFrom(1, 150, 300, 500, 1_100),
          outdated: fc.boolean(),
        }),
        { nil: undefined },
      ),
    });
    const foreign = fc.record({ annotations: fc.nat(200 * KIB), labels: fc.nat(290 * KIB) });
    const step = fc.record({ changes: fc.array(change, { maxLength: 5 }), foreign });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const wanted = new Map<string, WantedKey>();
        const draft = new AggregateDraft();
        for (const { changes, foreign: others } of steps) {
          const told = new Map<string, WantedKey | undefined>();
          for (const { name, key: next } of changes) {
            const wantedKey = next && {
              content: content(`${next.digest} ${next.kib}`, next.kib * KIB),
              memory: next.outdated ? `${name} stale` : undefined,
            };
            told.set(name, wantedKey);
            if (wantedKey) wanted.set(name, wantedKey);
            else wanted.delete(name);
          }
          const before = contentsOf(draft);
          draft.revise(told, [others]);

          const { contents, tooLarge, annotations } = build(
            wanted,
            before,
            others.annotations + others.labels,
          );
          expect(contentsOf(draft)).toEqual(contents);
          expect(draft.tooLarge).toEqual(tooLarge);
          expect(draft.annotationsOf(0)).toEqual(annotations);
          expect(draft.bytes).toBe([...contents.values()].reduce((sum, { bytes }) => sum + bytes, 0));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** The oracle: all of it at once, from what was there before. */
function build(
  wanted: ReadonlyMap<string, WantedKey>,
  published: ReadonlyMap<string, SourceContent>,
  foreign: number,
) {
  const contents = new Map([...published].filter(([name]) => wanted.has(name)));
  const sizes = () => {
    const all = [...contents];
    return {
      bytes: all.reduce((sum, [, { bytes }]) => sum + bytes, 0),
      stored: all.reduce((sum, [name, { bytes }]) => sum + storedBytes(name, bytes), foreign),
    };
  };
  const changes = [...wanted]
    .filter(([name, { content: next }]) => contents.get(name)?.digest !== next.digest)
    .map(([name, { content: next }]) => ({
      name,
      next,
      growth: next.bytes - (contents.get(name)?.bytes ?? 0),
    }))
    .toSorted((a, b) => a.growth - b.growth || (a.name < b.name ? -1 : 1));
  const tooLarge: string[] = [];
  for (const { name, next } of changes) {
    const [before, old] = [sizes(), contents.get(name)];
    contents.set(name, next);
    const after = sizes();
    const grows = after.bytes > before.bytes && after.bytes > SECRET_LIMIT_BYTES;
    const growsInEtcd = after.stored > before.stored && after.stored > STORED_LIMIT_BYTES;
    if (!grows && !growsInEtcd) continue;
    tooLarge.push(name);
    if (old) contents.set(name, old);
    else contents.delete(name);
  }
  const sorted = [...contents.keys()].toSorted();
  const stale = sorted.filter((name) => wanted.get(name)?.memory !== undefined || tooLarge.includes(name));
  const hash = createHash('sha256');
  for (const name of sorted) hash.update(`${name} ${contents.get(name)?.digest}\n`);
  const contentHash = hash.digest('hex');
  return {
    contents,
    tooLarge: tooLarge.toSorted(),
    annotations: {
      [CONTENT_HASH_ANNOTATION]: contentHash,
      [PARTS_ANNOTATION]: `1 ${createHash('sha256').update(`${contentHash}\n`).digest('hex')}`,
      [STALE_CLUSTERS_ANNOTATION]: stale.join(','),
      [CLUSTER_STATES_ANNOTATION]: stale.flatMap((name) => wanted.get(name)?.memory ?? []).join(','),
    },
  };
}
