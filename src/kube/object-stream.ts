import type { ObjectClient } from './object-client.ts';
import type { ObjectSnapshot } from './object-kind.ts';
import type { WatchEvent } from './watch-events.ts';

/** Bounds on one stream. */
export interface StreamLimits {
  /** For the server to begin. Milliseconds. */
  openTimeoutMs: number;
  /** A stream without a byte for so long counts as dead. API servers send a bookmark about once a minute. Milliseconds. */
  silenceMs: number;
  /** The server is asked to end the stream after this time. */
  streamSeconds: number;
}

/** One stream of a watch. Its iteration ends when the server ends it in good order, or when it has been silent for too long. */
export class ObjectStream<Snapshot extends ObjectSnapshot> implements AsyncIterable<WatchEvent<Snapshot>> {
  private silent = false;

  private constructor(
    private readonly events: AsyncIterable<WatchEvent<Snapshot>>,
    private readonly silence: AbortController,
    private readonly silenceMs: number,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Follows an object from a version on. Resolves once the server has begun to answer.
   *
   * @param signal ends the stream; what waits for it then rejects
   * @throws KubeRequestError
   */
  static async open<Snapshot extends ObjectSnapshot>(
    client: ObjectClient<Snapshot>,
    from: string,
    { openTimeoutMs, silenceMs, streamSeconds }: StreamLimits,
    signal: AbortSignal,
  ): Promise<ObjectStream<Snapshot>> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new DOMException('silent', 'TimeoutError')), openTimeoutMs);
    try {
      const events = await client.watch(from, streamSeconds, AbortSignal.any([signal, silence.signal]));
      return new ObjectStream(events, silence, silenceMs, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the iteration ended because nothing came any more. A quiet server and a dead one look the same from here. */
  get fellSilent(): boolean {
    return this.silent;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent<Snapshot>, void> {
    const timer = setTimeout(() => this.silence.abort(), this.silenceMs);
    try {
      for await (const event of this.events) {
        timer.refresh();
        yield event;
      }
    } catch (error) {
      this.silent = this.silence.signal.aborted && !this.signal.aborted;
      if (!this.silent) throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
