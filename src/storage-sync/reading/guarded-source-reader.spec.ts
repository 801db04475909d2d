import { PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import { TransferBudget } from '../../base/time/transfer-budget.ts';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { WatchBrokenError } from '../../kube/watching/watch-broken.error.ts';
import { GuardedSourceReader } from './guarded-source-reader.ts';
import type { ReadResult, SourceReader, WatchResult } from './source-reader.ts';

const NEVER = new Promise<never>(() => undefined);
const CLUSTER = { name: 'east' } as Cluster;
const OPEN_TIMEOUT_MS = 1_000;

describe('the reader of an extension', () => {
  let faults: ExtensionFaults;
  let end: AbortController;

  beforeEach(() => {
    vi.useFakeTimers();
    faults = new ExtensionFaults(new PinoLogger({ pinoHttp: { logger: pino({ level: 'silent' }) } }));
    end = new AbortController();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const guarded = (methods: Partial<SourceReader>) =>
    new GuardedSourceReader(
      { extension: 'mine', instance: { read: () => NEVER, watch: () => NEVER, ...methods } },
      faults,
      OPEN_TIMEOUT_MS,
    );
  const read = (reader: SourceReader) => reader.read(CLUSTER, { signal: end.signal, toWatch: true });
  const watch = (reader: SourceReader) =>
    reader.watch(CLUSTER, '1', { signal: end.signal, budget: new TransferBudget() });
  /** A stream that tells this, and then does what the last one says. */
  const streamOf = async function* (
    told: readonly WatchResult[],
    last: Promise<WatchResult> = NEVER,
  ): AsyncGenerator<WatchResult, void> {
    yield* told;
    yield await last;
  };
  const faulty = () => faults.current.map(({ extension, call, how }) => `${extension} ${call} ${how}`);

  it('is at fault when a reading does not end with its signal', async () => {
    const reading = read(guarded({}));
    end.abort();
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await reading).toMatchObject({ reason: 'timeout', message: expect.stringContaining('mine') });
    expect(faulty()).toEqual(['mine SourceReader.read has not ended in time']);
  });

  it('is not at fault when it ends a reading by its signal, with a result or by an error', async () => {
    const timeout: ReadResult = { reason: 'timeout', message: 'Too late.' };
    const onAbort = <Result>(settle: () => Result) =>
      new Promise<Result>((resolve) => end.signal.addEventListener('abort', () => resolve(settle())));
    const heeding = read(guarded({ read: () => onAbort(() => timeout) }));
    const rejecting = read(
      guarded({ read: () => onAbort(() => Promise.reject(new Error('aborted'))) as never }),
    );
    end.abort();

    expect(await heeding).toBe(timeout);
    expect(await rejecting).toMatchObject({ reason: 'timeout' });
    expect(faulty()).toEqual([]);
  });

  it('is at fault when a watch does not open', async () => {
    const watching = expect(watch(guarded({}))).rejects.toThrow('SourceReader.watch');
    await vi.advanceTimersByTimeAsync(OPEN_TIMEOUT_MS);

    await watching;
    expect(faulty()).toEqual(['mine SourceReader.watch has not answered for 1 s']);
  });

  it('is not at fault when a watch is refused, or nobody wants it any more', async () => {
    const refused = guarded({ watch: () => Promise.reject(new WatchBrokenError('was refused')) });
    await expect(watch(refused)).rejects.toThrow(WatchBrokenError);
    const ended = expect(watch(guarded({}))).rejects.toThrow('abort');
    end.abort();

    await ended;
    expect(faulty()).toEqual([]);
  });

  it('is at fault when a stream falls silent, and not before', async () => {
    const stream = await watch(guarded({ watch: () => Promise.resolve(streamOf(['unchanged'])) }));
    const told: WatchResult[] = [];
    const watching = (async () => {
      for await (const result of stream) told.push(result);
    })();
    const failing = expect(watching).rejects.toThrow('SourceReader.watch');
    await vi.advanceTimersByTimeAsync(4 * 60_000);
    expect(faulty()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);

    await failing;
    expect(told).toEqual(['unchanged']);
    expect(faulty()).toEqual(['mine SourceReader.watch has not answered for 300 s']);
  });

  it('ends a stream with its signal, though the stream itself does not', async () => {
    const stream = await watch(guarded({ watch: () => Promise.resolve(streamOf([])) }));
    const watching = (async () => {
      for await (const _ of stream);
    })();
    end.abort();

    await watching;
    expect(faulty()).toEqual([]);
  });
});
