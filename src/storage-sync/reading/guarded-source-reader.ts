import { ExtensionFailedError } from '../../base/extending/extension-failed.error.ts';
import type { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import type { Provided } from '../../base/extending/ports.ts';
import { untilAborted } from '../../base/time/until-aborted.ts';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { REASONS } from '../../kube/failures/reason.ts';
import { type ReadResult, SourceReader, type WatchResult } from './source-reader.ts';
import { failureResult } from './source-result.ts';

/** A stream that says nothing for that long has failed. Milliseconds. */
const SILENCE_MS = 5 * 60_000;

/**
 * The reader of an extension. Where it throws, or has no answer in time, that is the result of the cluster, and a fault of the
 * extension.
 */
export class GuardedSourceReader extends SourceReader {
  /** @param openTimeoutMs for a watch to open */
  constructor(
    private readonly provided: Provided<SourceReader>,
    private readonly faults: ExtensionFaults,
    private readonly openTimeoutMs: number,
  ) {
    super();
  }

  override async read(
    cluster: Cluster,
    options: { signal: AbortSignal; toWatch: boolean },
  ): Promise<ReadResult> {
    const { extension, instance } = this.provided;
    const { signal } = options;
    const call = 'SourceReader.read';
    const read = async () => {
      try {
        return checked(await instance.read(cluster, options));
      } catch (error) {
        if (signal.aborted) return failureResult(new KubeRequestError({ reason: 'timeout' }));
        throw error;
      }
    };
    const answer = await this.faults.answer(extension, call, read, signal);
    if (answer) return answer.result;
    const { message, remedy } = new ExtensionFailedError(extension, call);
    return { reason: signal.aborted ? 'timeout' : 'internal', message, remedy };
  }

  override async watch(...args: Parameters<SourceReader['watch']>): Promise<AsyncIterable<WatchResult>> {
    const [, , { signal }] = args;
    const { extension, instance } = this.provided;
    const open = async () => {
      try {
        return await instance.watch(...args);
      } catch (error) {
        if (signal.aborted) return undefined;
        throw error;
      }
    };
    const opening = this.faults.attempt(extension, 'SourceReader.watch', open, this.openTimeoutMs);
    const stream = await untilAborted(signal, opening);
    if (!stream) throw signal.reason;
    return this.results(stream, signal);
  }
  /** What a stream tells, for as long as it tells something. */
  private async *results(
    stream: AsyncIterable<WatchResult>,
    signal: AbortSignal,
  ): AsyncGenerator<WatchResult, void> {
    const { extension } = this.provided;
    const iterator = stream[Symbol.asyncIterator]();
    const next = async () => {
      try {
        return await untilAborted(signal, iterator.next());
      } catch (error) {
        if (signal.aborted) return { done: true, value: undefined } as const;
        throw error;
      }
    };
    try {
      for (;;) {
        const { done, value } = await this.faults.attempt(extension, 'SourceReader.watch', next, SILENCE_MS);
        if (done) return;
        yield value;
      }
    } finally {
      // It may hang as well, and nobody waits for it.
      Promise.try(async () => await iterator.return?.()).catch(() => undefined);
    }
  }
}

/** @throws TypeError when it is no result */
function checked(result: ReadResult): ReadResult {
  if (REASONS.includes(result.reason)) return result;
  throw new TypeError('it gave no result');
}
