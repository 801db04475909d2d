import type { ObjectSnapshot } from '../objects/object-kind.ts';
import type { TransferBudget } from '../../base/time/transfer-budget.ts';
import type { WatchEvent } from './watch-events.ts';
import type { Watchable } from './watchable.ts';

/** Bounds on one stream. */
export interface StreamLimits {
  /** For the server to begin. Milliseconds. */
  openTimeoutMs: number;
  /** A stream without a byte for this long counts as dead. API servers send a bookmark about once a minute. Milliseconds. */
  silenceMs: number;
  /** The server is asked to end the stream after this time. */
  streamSeconds: number;
  /** For the events of all streams of one object. */
  budget: Pick<TransferBudget, 'readyAtMs' | 'spend'>;
}

/** A stream that was given up since it brought changes too fast is not to be followed again sooner. Milliseconds. */
export const RESTLESS_PAUSE_MS = 1_000;

/**
 * One stream of a watch. Its iteration ends when the server ends it in good order, when it has been silent for too long, or when it
 * brings more than the budget allows: to read on would mean to lag behind, so it is better to look at the newest state in a while.
 */
export class ObjectStream<Snapshot extends ObjectSnapshot> implements AsyncIterable<WatchEvent<Snapshot>> {
  private silent = false;
  private restless = false;

  private constructor(
    private readonly events: AsyncIterable<WatchEvent<Snapshot>>,
    private readonly silence: AbortController,
    private readonly limits: StreamLimits,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Follows an object from a version on. Resolves once the server has begun to answer.
   *
   * @param signal ends the stream; what waits for it then rejects
   * @throws KubeRequestError
   */
  static async open<Snapshot extends ObjectSnapshot>(
    client: Watchable<Snapshot>,
    from: string,
    limits: StreamLimits,
    signal: AbortSignal,
  ): Promise<ObjectStream<Snapshot>> {
    const silence = new AbortController();
    const timer = setTimeout(
      () => silence.abort(new DOMException('silent', 'TimeoutError')),
      limits.openTimeoutMs,
    );
    try {
      const events = await client.watch(
        from,
        limits.streamSeconds,
        AbortSignal.any([signal, silence.signal]),
      );
      return new ObjectStream(events, silence, limits, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the iteration ended because nothing came any more. A quiet server and a dead one look the same from here. */
  get fellSilent(): boolean {
    return this.silent;
  }

  /** Whether the iteration ended because changes came too fast. */
  get wasRestless(): boolean {
    return this.restless;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent<Snapshot>, void> {
    const { silenceMs, budget } = this.limits;
    const timer = setTimeout(() => this.silence.abort(), silenceMs);
    try {
      for await (const event of this.events) {
        timer.refresh();
        yield event;
        budget.spend(event.bytes, performance.now());
        this.restless = performance.now() < budget.readyAtMs(event.bytes);
        if (this.restless) return;
      }
    } catch (error) {
      this.silent = this.silence.signal.aborted && !this.signal.aborted;
      if (!this.silent) throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
