import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import type { WantedKey } from '../../keeping/cluster-states.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import { AGGREGATE_LABEL, CONTENT_HASH_ANNOTATION, ourLabels, PARTS_ANNOTATION } from './aggregate.ts';
import { foreignParts, partsProblem } from './aggregate-parts.error.ts';
import { AggregateDraft } from './draft.ts';
import { PartTurns } from './part-turns.ts';
import type { WritePlan } from './write-plan.ts';

const KIB = 1024;
const content = (text: string, kib: number): SourceContent => ({
  encoded: `${text} of ${kib} KiB`,
  bytes: kib * KIB,
  digest: `${text} ${kib}`,
});
const key = (text: string, kib: number): WantedKey => ({ content: content(text, kib), memory: undefined });

/** The Secrets of the hub, as one write after the other leaves them. */
class Hub {
  readonly secrets: (SecretSnapshot | undefined)[];
  private version = 0;
  private readonly turns = new PartTurns();
  private nowMs = 0;

  constructor(parts: number) {
    this.secrets = Array.from({ length: parts }, () => undefined);
  }

  write({ part, set, remove, annotations, labels }: WritePlan): void {
    const before = this.secrets[part];
    const data = new Map([...(before?.data ?? []), ...set]);
    for (const name of remove) data.delete(name);
    this.secrets[part] = {
      resourceVersion: String(++this.version),
      type: 'Opaque',
      immutable: false,
      owners: [],
      labels: new Map([...(before?.labels ?? []), ...Object.entries(labels)]),
      annotations: new Map([...(before?.annotations ?? []), ...Object.entries(annotations)]),
      data,
    };
  }

  delete(part: number): void {
    this.secrets[part] = undefined;
  }

  /** What the exporter writes next. */
  next(draft: AggregateDraft): WritePlan | undefined {
    const plan = this.turns.next(draft.plans(this.secrets), ++this.nowMs);
    if (plan) this.turns.tried(plan.part, this.nowMs);
    return plan;
  }

  /** Writes until nothing is left to write. */
  settle(draft: AggregateDraft, look: () => void = () => undefined): WritePlan[] {
    const plans: WritePlan[] = [];
    for (let plan = this.next(draft); plan; plan = this.next(draft)) {
      this.write(plan);
      plans.push(plan);
      look();
      if (plans.length > 20) throw new Error('it never settles');
    }
    return plans;
  }

  names(part: number): string[] {
    return [...(this.secrets[part]?.data.keys() ?? [])].toSorted();
  }

  /** What readers find, who read all parts. */
  get all(): Map<string, string> {
    return new Map(this.secrets.flatMap((secret) => [...(secret?.data ?? [])]));
  }

  /** What a draft starts from, if the exporter starts here. */
  get start() {
    const contents = (secret: SecretSnapshot | undefined) =>
      new Map(
        [...(secret?.data ?? [])].map(([name, encoded]) => {
          const [text = '', kib] = encoded.split(' of ');
          return [name, content(text, Number.parseInt(kib ?? '0', 10))] as const;
        }),
      );
    const version = (part: number) => Number(this.secrets[part]?.resourceVersion ?? 0);
    return {
      labels: ourLabels('aggregate'),
      held: this.secrets.map(contents),
      order: [...this.secrets.keys()].toSorted((a, b) => version(a) - version(b)),
    };
  }

  /** Whether a reader would take what it read for whole. */
  get whole(): boolean {
    const [count = '', hash] = this.secrets[0]?.annotations.get(PARTS_ANNOTATION)?.split(' ') ?? [];
    const hashes = this.secrets
      .slice(0, Number(count))
      .map((secret) => `${secret?.annotations.get(CONTENT_HASH_ANNOTATION)}\n`);
    return createHash('sha256').update(hashes.join('')).digest('hex') === hash;
  }
}

const start = (parts: number, keys: Record<string, WantedKey> = {}) => {
  const hub = new Hub(parts);
  const draft = new AggregateDraft(hub.start);
  draft.revise(new Map(Object.entries(keys)));
  hub.settle(draft);
  return { hub, draft };
};

describe('an aggregate of several parts', () => {
  it('is one Secret as long as all fits', () => {
    const { hub } = start(3, { a: key('a', 500), b: key('b', 500) });

    expect(hub.secrets.map((secret) => secret !== undefined)).toEqual([true, false, false]);
    expect(hub.secrets[0]?.annotations.get(PARTS_ANNOTATION)).toMatch(/^1 [0-9a-f]{64}$/);
    expect(hub.secrets[0]?.labels.get(AGGREGATE_LABEL)).toBe('aggregate');
  });

  it('takes the next part for what does not fit, and the first with room for what does', () => {
    const { hub, draft } = start(3, { a: key('a', 500), b: key('b', 600), c: key('c', 700) });

    expect([hub.names(0), hub.names(1), hub.names(2)]).toEqual([['a'], ['b'], ['c']]);
    draft.revise(new Map([['d', key('d', 400)]]));
    hub.settle(draft);
    expect(hub.names(0)).toEqual(['a', 'd']);
    expect(draft.tooLarge).toEqual([]);
  });

  it('leaves a cluster in its part when another one has room', () => {
    const { hub, draft } = start(2, { a: key('a', 600), b: key('b', 600) });
    draft.revise(new Map([['a', key('a', 500)]]));
    hub.settle(draft);

    draft.revise(new Map([['b', key('b2', 700)]]));

    expect(hub.settle(draft).map(({ part, set }) => [part, [...set.keys()]])).toEqual([
      [1, ['b']],
      [0, []],
    ]);
  });

  it('writes a cluster that moves to its new part before it leaves the old one', () => {
    const { hub, draft } = start(2, { a: key('a', 500), b: key('b', 500) });

    draft.revise(new Map([['a', key('a', 600)]]));

    expect(hub.settle(draft).map(({ part, set, remove }) => [part, [...set.keys()], remove])).toEqual([
      // It counts the further part before that is used.
      [0, [], []],
      [1, ['a'], []],
      [0, [], ['a']],
    ]);
  });

  it('keeps the old content where no part has room for the new one', () => {
    const { hub, draft } = start(2, { a: key('a', 600), b: key('b', 600) });

    draft.revise(new Map([['a', key('a', 1_100)]]));
    hub.settle(draft);

    expect(draft.tooLarge).toEqual(['a']);
    expect(hub.all.get('a')).toBe(content('a', 600).encoded);
  });

  it('empties its last part when the others have room to spare', () => {
    const { hub, draft } = start(2, { a: key('a', 600), b: key('b', 500), c: key('c', 10) });
    expect(hub.names(1)).toEqual(['a']);

    draft.revise(new Map([['b', key('b', 100)]]));
    hub.settle(draft);

    expect([hub.names(0), hub.names(1)]).toEqual([['a', 'b', 'c'], []]);
    expect(hub.secrets[0]?.annotations.get(PARTS_ANNOTATION)).toMatch(/^1 /);
  });

  it('continues after a move that did not complete with what was written last', () => {
    const { hub, draft } = start(2, { a: key('a', 500), b: key('b', 500) });
    draft.revise(new Map([['a', key('a', 600)]]));
    for (const _ of ['counted', 'moved']) {
      const plan = hub.next(draft);
      if (plan) hub.write(plan);
    }
    expect([hub.names(0), hub.names(1)]).toEqual([['a', 'b'], ['a']]);

    const next = new AggregateDraft(hub.start);

    expect(next.contentOf('a')).toEqual(content('a', 600));
    next.revise(new Map());
    hub.settle(next);
    expect([hub.names(0), hub.names(1)]).toEqual([['b'], ['a']]);
  });

  it('is not taken over where more parts hold keys than may be used', () => {
    const { hub } = start(3, { a: key('a', 600), b: key('b', 600), c: key('c', 600) });
    const parts = hub.secrets.map((secret, index) => ({
      ref: { namespace: 'hub', name: index === 0 ? 'aggregate' : `aggregate-${index}` },
      secret,
    }));

    expect(partsProblem(parts)).toBeUndefined();
    expect(partsProblem(parts.slice(0, 2))).toMatchObject({
      message: 'The aggregate is split over 3 Secrets, and MCCE_AGGREGATE_PARTS allows 2.',
    });
    expect(partsProblem([...parts, { ref: { namespace: 'hub', name: 'other' }, secret: undefined }])).toBe(
      undefined,
    );
  });

  describe('with a Secret of somebody else under the name of a part', () => {
    const ref = (part: number) => ({
      namespace: 'hub',
      name: part === 0 ? 'aggregate' : `aggregate-${part}`,
    });
    const foreignOf = ({ secrets }: Hub, ours: number[] = []) => [
      ...foreignParts(
        secrets.map((secret, part) => ({ ref: ref(part), secret })),
        (part) => ours.includes(part),
      ),
    ];
    const theirs = {
      resourceVersion: '9',
      type: 'Opaque',
      immutable: false,
      owners: [],
      annotations: new Map(),
    };

    it('takes for ours what the first part counts, whatever its label', () => {
      const { hub } = start(2, { a: key('a', 600), b: key('b', 600) });
      const second = hub.secrets[1];
      hub.secrets[1] = second && { ...second, labels: new Map() };

      expect(foreignOf(hub)).toEqual([]);
    });

    it('takes for theirs what is not counted and holds keys, whatever its label, or has none', () => {
      const { hub } = start(3, { a: key('a', 600) });
      const labels = new Map(Object.entries(ourLabels('aggregate')));
      hub.secrets[1] = { ...theirs, labels, data: new Map([['evil', 'x']]) };
      hub.secrets[2] = { ...theirs, labels: new Map(), data: new Map() };

      expect(foreignOf(hub)).toEqual([1, 2]);
      expect(foreignOf(hub, [1])).toEqual([2]);
    });

    it('goes by the label where there is no first part', () => {
      const { hub } = start(2, { a: key('a', 600), b: key('b', 600) });
      hub.secrets[0] = undefined;

      expect(foreignOf(hub)).toEqual([]);
    });

    it('neither writes nor fills that part, and takes the next one', () => {
      const { hub, draft } = start(3, { a: key('a', 600) });
      hub.secrets[1] = { ...theirs, labels: new Map(), data: new Map([['theirs', 'x']]) };

      draft.revise(new Map([['b', key('b', 600)]]), [], undefined, new Set([1]));
      hub.settle(draft);

      expect([hub.names(0), hub.names(1), hub.names(2)]).toEqual([['a'], ['theirs'], ['b']]);
    });
  });

  it('creates a part again that is empty and counted', () => {
    const { hub, draft } = start(3, { a: key('a', 600), b: key('b', 600), c: key('c', 900) });
    draft.revise(new Map([['b', undefined]]));
    hub.settle(draft);
    hub.delete(1);

    hub.settle(draft);

    expect(hub.secrets[1]?.data.size).toBe(0);
    expect(hub.whole).toBe(true);
  });

  it('never hides a cluster from a reader, whatever changes and wherever it stops', () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      key: fc.option(
        fc.record({
          text: fc.constantFrom('1', '2', '3'),
          kib: fc.constantFrom(1, 200, 350, 500, 800, 1_100),
        }),
        { nil: undefined },
      ),
    });
    const step = fc.record({
      changes: fc.array(change, { maxLength: 4 }),
      // After so many writes the exporter is killed, and starts again.
      killedAfter: fc.option(fc.nat(3), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 25 }), (parts, steps) => {
        const hub = new Hub(parts);
        let draft = new AggregateDraft(hub.start);
        for (const { changes, killedAfter } of steps) {
          const told = new Map<string, WantedKey | undefined>(
            changes.map(({ name, key: next }) => [name, next && key(next.text, next.kib)]),
          );
          const before = new Set(hub.all.keys());
          draft.revise(told);
          const staying = [...before].filter((name) => !told.has(name) || told.get(name) !== undefined);
          let writes = 0;
          const look = () => expect([...hub.all.keys()]).toEqual(expect.arrayContaining(staying));
          for (let plan = hub.next(draft); plan; plan = hub.next(draft)) {
            if (writes++ === killedAfter) break;
            hub.write(plan);
            look();
            const counted = Number.parseInt(hub.secrets[0]?.annotations.get(PARTS_ANNOTATION) ?? '0', 10);
            expect(hub.secrets.slice(counted).every((secret) => !secret?.data.size)).toBe(true);
            expect(writes).toBeLessThan(20);
          }
          if (killedAfter !== undefined) {
            draft = new AggregateDraft(hub.start);
            // Clusters that are gone were reported before, and are again.
            draft.revise(new Map([...told].filter(([, next]) => next === undefined)));
            hub.settle(draft, look);
          }
          expect(hub.whole).toBe(hub.secrets[0] !== undefined || hub.all.size > 0);
          const names = hub.secrets.flatMap((secret) => [...(secret?.data.keys() ?? [])]);
          expect(new Set(names).size).toBe(names.length);
          for (const [index, part] of draft.parts.entries()) {
            expect(hub.names(index)).toEqual([...part.contents.keys()].toSorted());
            expect(part.bytes).toBeLessThanOrEqual(1_024 * KIB);
          }
        }
      }),
      { numRuns: 1_500 },
    );
  });
});
