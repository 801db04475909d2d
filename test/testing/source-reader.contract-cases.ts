import assert from 'node:assert/strict';
import {
  type Cluster,
  REASONS,
  type ReadResult,
  type SourceReader,
  TransferBudget,
  type WatchResult,
} from '../../src/index.ts';
import { type ContractCase, eventually, within } from './contract-case.ts';

/** A source reader under test, and a source that it reads. */
export interface SourceReaderRig {
  readonly reader: SourceReader;
  /** The one whose source it is. */
  readonly cluster: Cluster;
  /** Has the source hold these texts, by key; undefined: it is deleted. */
  hold(this: void, texts: Readonly<Record<string, string>> | undefined): Promise<void>;
  /** From now on every reading fails. */
  refuse(this: void): Promise<void>;
  /** From now on no reading has an answer. */
  hang(this: void): Promise<void>;
  /** Ends whatever the rig started. */
  stop(this: void): Promise<void>;
}

/** What every `SourceReader` has to keep to. @param start makes a rig whose source does not exist yet */
export function sourceReaderContract(start: () => Promise<SourceReaderRig>): ContractCase[] {
  const contract = (name: string, run: (rig: SourceReaderRig, end: AbortController) => Promise<void>) => ({
    name,
    run: async () => {
      const rig = await start();
      const end = new AbortController();
      try {
        await run(rig, end);
      } finally {
        end.abort();
        await rig.stop();
      }
    },
  });
  return [
    contract('gives what the source holds, as base64 text by key', async ({ reader, cluster, hold }, end) => {
      for (const texts of [{}, { postgres: 'one', ['__proto__']: 'a' }, { prometheus: 'x'.repeat(50_000) }]) {
        await hold(texts);
        assert.deepEqual(textsOf(await read(reader, cluster, end)), texts);
      }
    }),
    contract('says not_found where there is no source', async ({ reader, cluster, hold }, end) => {
      assert.equal((await read(reader, cluster, end)).reason, 'not_found');
      await hold({ postgres: 'one' });
      await hold(undefined);
      assert.equal((await read(reader, cluster, end)).reason, 'not_found');
    }),
    contract(
      'gives a failure as a result, with what is wrong and what to do',
      async ({ reader, cluster, refuse }, end) => {
        await refuse();
        const result = await read(reader, cluster, end);
        assertFailure(result);
        assert.notEqual(result.reason, 'not_found');
      },
    ),
    contract('ends a reading with its signal, as timeout', async ({ reader, cluster, hang }, end) => {
      await hang();
      const reading = read(reader, cluster, end);
      setTimeout(() => end.abort(), 100);
      const result = await within(5_000, reading);
      assertFailure(result);
      assert.equal(result.reason, 'timeout');
      assert.equal((await within(5_000, read(reader, cluster, end))).reason, 'timeout');
    }),
    contract('reads many times at once, and remembers nothing', async ({ reader, cluster, hold }, end) => {
      await hold({ postgres: 'one' });
      const results = await Promise.all(Array.from({ length: 5 }, () => read(reader, cluster, end)));
      for (const result of results) assert.deepEqual(textsOf(result), { postgres: 'one' });
      await hold({ postgres: 'two' });
      assert.deepEqual(textsOf(await read(reader, cluster, end)), { postgres: 'two' });
    }),
    contract('offers a watch where one is wanted alone', async ({ reader, cluster, hold }, end) => {
      await hold({ postgres: 'one' });
      assert.equal((await read(reader, cluster, end)).watch, undefined);
      const { watch } = await read(reader, cluster, end, true);
      assert.ok(watch === undefined || 'from' in watch || /\S/.test(watch.refusal));
    }),
    contract(
      'watches from where it has read: nothing in between is missed, and each change is told',
      async ({ reader, cluster, hold }, end) => {
        await hold({ postgres: 'one' });
        const { watch } = await read(reader, cluster, end, true);
        if (!watch || 'refusal' in watch) return;
        await hold({ postgres: 'two' });
        const told = new Told(await open(reader, cluster, watch.from, end));
        await told.eventually({ postgres: 'two' });
        await hold({ postgres: 'three', prometheus: 'more' });
        await told.eventually({ postgres: 'three', prometheus: 'more' });
        await hold(undefined);
        await told.eventually('not_found');
        end.abort();
        await within(5_000, told.ended);
      },
    ),
    contract('watches again from the same place', async ({ reader, cluster, hold }, end) => {
      await hold({ postgres: 'one' });
      const { watch } = await read(reader, cluster, end, true);
      if (!watch || 'refusal' in watch) return;
      const first = new AbortController();
      const before = new Told(await open(reader, cluster, watch.from, first));
      first.abort();
      await within(5_000, before.ended);
      await hold({ postgres: 'two' });
      await new Told(await open(reader, cluster, watch.from, end)).eventually({ postgres: 'two' });
    }),
  ];
}

async function read(
  reader: SourceReader,
  cluster: Cluster,
  { signal }: AbortController,
  toWatch = false,
): Promise<ReadResult> {
  return await within(10_000, reader.read(cluster, { signal, toWatch }));
}

async function open(
  reader: SourceReader,
  cluster: Cluster,
  from: string,
  { signal }: AbortController,
): Promise<AsyncIterable<WatchResult>> {
  return await within(10_000, reader.watch(cluster, from, { signal, budget: new TransferBudget() }));
}

function textsOf(result: ReadResult): Record<string, string> {
  assert.ok(result.reason === 'ok', JSON.stringify(result));
  return Object.fromEntries(
    [...result.data].map(([key, value]) => {
      assert.match(value, /^[A-Za-z0-9+/]*={0,2}$/);
      return [key, Buffer.from(value, 'base64').toString('utf8')];
    }),
  );
}

function assertFailure(result: ReadResult): asserts result is Exclude<ReadResult, { reason: 'ok' }> {
  assert.ok(result.reason !== 'ok', 'it was read');
  assert.ok(REASONS.includes(result.reason), result.reason);
  assert.match(result.message, /\S/);
}

/** What a stream has told. */
class Told {
  /** How it ended. */
  readonly ended: Promise<void>;
  private last: WatchResult | undefined;

  constructor(stream: AsyncIterable<WatchResult>) {
    // That its signal ends it by an error is as good.
    this.ended = this.take(stream).catch(() => undefined);
  }

  async eventually(wanted: Readonly<Record<string, string>> | 'not_found'): Promise<void> {
    await eventually(() => {
      assert.ok(typeof this.last === 'object', 'nothing was told');
      if (wanted === 'not_found') assert.equal(this.last.reason, wanted);
      else assert.deepEqual(textsOf(this.last), wanted);
    });
  }

  private async take(stream: AsyncIterable<WatchResult>): Promise<void> {
    for await (const result of stream) if (result !== 'unchanged') this.last = result;
  }
}
