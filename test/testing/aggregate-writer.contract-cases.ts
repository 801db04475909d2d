import assert from 'node:assert/strict';
import {
  type AggregateWriter,
  KubeRequestError,
  NotLeadingError,
  type SecretSnapshot,
  type Term,
  type WritePlan,
} from '../../src/index.ts';
import { type ContractCase, within } from './contract-case.ts';

/** An aggregate writer under test, and what it writes to. */
export interface AggregateWriterRig {
  readonly writer: AggregateWriter;
  /** What is there; undefined: nothing. */
  held(this: void): Promise<SecretSnapshot | undefined>;
  /** Somebody else writes this text. */
  interfere(this: void, key: string, text: string): Promise<void>;
  /** From now on no write has an answer. */
  hang(this: void): Promise<void>;
  /** Ends whatever the rig started. */
  stop(this: void): Promise<void>;
}

const LABELS = { 'app.kubernetes.io/managed-by': 'multi-cluster-config-exporter' };
const HASH = 'multi-cluster-config-exporter/content-hash';

/** What every `AggregateWriter` has to keep to. @param start makes a rig in which there is no aggregate yet */
export function aggregateWriterContract(start: () => Promise<AggregateWriterRig>): ContractCase[] {
  const contract = (name: string, run: (rig: AggregateWriterRig, term: TestTerm) => Promise<void>) => ({
    name,
    run: async () => {
      const rig = await start();
      const term = new TestTerm();
      try {
        await run(rig, term);
      } finally {
        term.end();
        await rig.stop();
      }
    },
  });
  return [
    contract('creates what is not there, and says what is there then', async ({ writer, held }, term) => {
      const written = await writer.write(
        planOf({ set: { east: 'one', ['__proto__']: 'two' } }),
        undefined,
        term,
      );
      const there = await held();
      assertHolds(there, { east: 'one', ['__proto__']: 'two' }, '1');
      for (const [label, value] of Object.entries(LABELS)) assert.equal(there?.labels.get(label), value);
      assertSame(written, there);
    }),
    contract(
      'writes what is planned on the version that was seen, and leaves all else',
      async ({ writer, held, interfere }, term) => {
        await writer.write(planOf({ set: { east: 'one', west: 'one', north: 'one' } }), undefined, term);
        await interfere('other', 'mine');
        const before = await held();
        const plan = planOf({
          held: before,
          set: { east: 'two', south: 'one' },
          remove: ['west'],
          hash: '2',
        });
        const written = await writer.write(plan, before, term);
        const there = await held();
        assertHolds(there, { east: 'two', north: 'one', south: 'one', other: 'mine' }, '2');
        assertSame(written, there);
        const again = planOf({ held: written, set: { east: 'three' }, hash: '3' });
        assertSame(await writer.write(again, written, term), await held());
      },
    ),
    contract(
      'writes nothing on another version than the one that was seen, and says conflict',
      async ({ writer, held, interfere }, term) => {
        await writer.write(planOf({ set: { east: 'one' } }), undefined, term);
        const before = await held();
        await interfere('east', 'by another');
        const plan = planOf({ held: before, set: { west: 'one' }, remove: ['east'] });
        await assert.rejects(
          writer.write(plan, before, term),
          (error) => error instanceof KubeRequestError && error.status === 409,
        );
        assertHolds(await held(), { east: 'by another' }, '1');
      },
    ),
    contract('writes nothing once the term is over', async ({ writer, held }, term) => {
      term.end();
      await assert.rejects(writer.write(planOf({ set: { east: 'one' } }), undefined, term));
      assert.equal(await held(), undefined);
    }),
    contract('asks for a permit as the write leaves', async ({ writer, held }, term) => {
      term.refuses = true;
      await assert.rejects(writer.write(planOf({ set: { east: 'one' } }), undefined, term), NotLeadingError);
      assert.equal(await held(), undefined);
    }),
    contract(
      'gives up when the term ends, and says that the write may still arrive',
      async ({ writer, hang }, term) => {
        await hang();
        const writing = writer.write(planOf({ set: { east: 'one' } }), undefined, term);
        setTimeout(() => term.end(), 100);
        await within(5_000, assert.rejects(writing));
        assert.equal(term.uncertain, true);
      },
    ),
  ];
}

function planOf({
  held,
  set,
  remove = [],
  hash = '1',
}: {
  held?: SecretSnapshot | undefined;
  set: Readonly<Record<string, string>>;
  remove?: readonly string[];
  hash?: string;
}): WritePlan {
  return {
    part: 0,
    resourceVersion: held?.resourceVersion,
    set: new Map(Object.entries(set).map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
    remove,
    annotations: { [HASH]: hash },
    labels: held ? {} : LABELS,
  };
}

function assertHolds(
  there: SecretSnapshot | undefined,
  texts: Readonly<Record<string, string>>,
  hash: string,
): void {
  const data = [...(there?.data ?? [])].map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString('utf8'),
  ]);
  assert.deepEqual(Object.fromEntries(data), texts);
  assert.equal(there?.annotations.get(HASH), hash);
}

/** A writer that says it has written nothing says undefined. */
function assertSame(written: SecretSnapshot | undefined, there: SecretSnapshot | undefined): void {
  assert.ok(written && there);
  assert.equal(written.resourceVersion, there.resourceVersion);
  assert.deepEqual(written.data, there.data);
  assert.deepEqual(written.annotations, there.annotations);
  assert.deepEqual(written.labels, there.labels);
}

/** A term that ends when the test says so. */
class TestTerm implements Term {
  refuses = false;
  uncertain = false;
  private readonly ending = new AbortController();

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  permit(): void {
    if (this.refuses || this.signal.aborted) throw new NotLeadingError();
  }

  writeMayStillArrive(): void {
    this.uncertain = true;
  }

  end(): void {
    this.ending.abort();
  }
}
