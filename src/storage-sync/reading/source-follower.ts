import type { PinoLogger } from 'nestjs-pino';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { explain } from '../../base/errors/explanation.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { RESTLESS_PAUSE_MS } from '../../kube/watching/object-stream.ts';
import type {
  Follower,
  FollowPolicy,
  ReadCause,
  ReadOutcome,
  Refusal,
  StreamEnd,
} from '../../kube/watching/follower.ts';
import { Following, type StreamNews, type Subject } from '../../kube/watching/following.ts';
import { withTimeLimit } from '../../base/time/time-limit.ts';
import { TransferBudget } from '../../base/time/transfer-budget.ts';
import { inReadSpan } from './read-span.ts';
import type { ReadTrigger } from './reading.events.ts';
import type { Observation } from '../keeping/observation.ts';
import { isRetried, type ReadResult, type SourceReader, type WatchResult } from './source-reader.ts';
import type { Lane, WorkSlots } from './work-slots.ts';

/** How a cluster's source is watched. */
export interface SourceWatchStatus {
  /** While it is, a change is published at once, and the passes leave the cluster out. */
  connected: boolean;
  /** Since when `connected` is what it is. */
  since: Date;
  /** Why it is not, and how to fix it; absent where it merely was lost a moment ago. */
  message?: string;
}

/** After which a cluster that lets nobody watch is asked again. Milliseconds. */
export const POLLED_FOR_MS = 10 * 60_000;
/** First delay after a failure. Milliseconds. */
const RETRY_INITIAL_MS = 1_000;

/** What all followers share. */
export interface FollowerContext {
  readonly reader: SourceReader;
  readonly readSlots: WorkSlots;
  readonly openSlots: WorkSlots;
  readonly readTimeoutMs: number;
  readonly syncIntervalMs: number;
  readonly watchSources: boolean;
  readonly logger: PinoLogger;
  /** Takes a result. @param durationMs undefined: the watch brought it @returns what it comes to */
  take(
    cluster: Cluster,
    result: ReadResult,
    trigger: ReadTrigger,
    durationMs: number | undefined,
  ): Observation;
  /** Takes the news that nothing has changed. */
  confirm(cluster: Cluster): void;
  /** The credentials were refused for the first time. */
  refused(cluster: Cluster): void;
}

/** Follows the source of one cluster, and knows all there is to know about reading it. It ends with its signal. */
export class SourceFollower implements Subject {
  private readonly following: Following;
  private readonly budget = new TransferBudget();
  /** Whom a reading is for that nothing else causes. */
  private askedFor: ReadTrigger = 'start';
  private lane: Lane = 'usual';
  /** The reading under way. */
  private reading: Promise<unknown> | undefined;
  /** Where the newest reading ended. */
  private from = '';
  private current: SourceWatchStatus | undefined;
  private uid: string | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly context: FollowerContext,
    private readonly signal: AbortSignal,
  ) {
    this.following = new Following(this, policyFor(context), signal, switchedOff(context));
  }

  /** Undefined: watching was not tried yet, or is switched off. */
  get status(): Readonly<SourceWatchStatus> | undefined {
    return this.current;
  }

  /** UID of the source, as it was last read. Undefined: not known. */
  get sourceUid(): string | undefined {
    return this.uid;
  }

  /**
   * Begins.
   *
   * @returns when the first reading has ended
   */
  async start(trigger: ReadTrigger, lane: Lane): Promise<void> {
    this.askedFor = trigger;
    this.lane = lane;
    this.following.start();
    await this.reading;
  }

  /**
   * Has the source read now, if it is polled.
   *
   * @returns when that reading has ended; undefined when there is none to be done
   */
  ask(trigger: ReadTrigger): Promise<unknown> | undefined {
    if (this.following.state.at !== 'polling') return undefined;
    this.askedFor = trigger;
    this.lane = 'usual';
    this.following.ask();
    return this.reading;
  }

  /** Resolves when nothing is under way any more, once the signal has aborted. */
  async ended(): Promise<void> {
    await this.following.ended();
  }

  async read(cause: ReadCause | undefined, toWatch: boolean): Promise<ReadOutcome> {
    const { context, cluster, signal } = this;
    const lane = cause === undefined ? this.lane : cause === 'retry' ? 'retry' : 'usual';
    const reading = context.readSlots.run(lane, signal, () =>
      this.readInSlot(cause ?? this.askedFor, toWatch),
    );
    this.reading = reading;
    const result = await reading;
    this.reading = undefined;
    if (!result) return { kind: 'watchable' };
    if (isRetried(result)) {
      if (result.reason === 'unauthorized' && this.following.state.readFailures === 0)
        context.refused(cluster);
      return {
        kind: 'failed',
        retryAfterMs: ('retryAfterMs' in result && result.retryAfterMs) || 0,
        // A try that joins a dial which is under way times out with that dial, after a moment.
        mayTakeMs: result.reason === 'timeout' ? context.readTimeoutMs : 0,
      };
    }
    const { watch } = result;
    if (watch && 'refusal' in watch)
      return {
        kind: 'unwatchable',
        refusal: { untilMs: performance.now() + POLLED_FOR_MS, message: watch.refusal },
      };
    if (watch) this.from = watch.from;
    return { kind: 'watchable' };
  }

  async open(): Promise<AsyncIterable<StreamNews>> {
    const { context, cluster, signal } = this;
    const opening = context.openSlots.run('usual', signal, () =>
      context.reader.watch(cluster, this.from, { signal, budget: this.budget }),
    );
    return this.news((await opening) ?? NOTHING);
  }

  endOf(error: unknown): StreamEnd {
    const { cluster, context } = this;
    context.logger.debug({ cluster: cluster.name, err: error }, 'watch of a source lost, will retry');
    if (!(error instanceof KubeRequestError)) return { kind: 'lost' };
    if (error.reason === 'forbidden') return { kind: 'refused', message: explain(error) };
    return { kind: error.status === 410 ? 'expired' : 'lost' };
  }

  moved({ at, refusal }: Follower): void {
    if (at === 'watching') this.update(true);
    else if (at === 'polling' && refusal?.message !== undefined) this.update(false, refusal.message);
    else if (this.current?.connected) this.update(false);
  }

  private async readInSlot(trigger: ReadTrigger, toWatch: boolean): Promise<ReadResult> {
    const { context, cluster, signal } = this;
    return await inReadSpan(cluster, trigger, async () => {
      const startedAt = performance.now();
      const result = await withTimeLimit(context.readTimeoutMs, signal, (limit) =>
        context.reader.read(cluster, { signal: limit, toWatch }),
      );
      // What was read through an entry that is gone says nothing about the cluster.
      if (signal.aborted) return { result, reason: result.reason };
      const durationMs = Math.round(performance.now() - startedAt);
      return { result, reason: this.take(result, trigger, durationMs).reason };
    });
  }

  private take(result: ReadResult, trigger: ReadTrigger, durationMs: number | undefined): Observation {
    if (result.reason === 'ok') this.uid = result.uid;
    return this.context.take(this.cluster, result, trigger, durationMs);
  }

  private async *news(results: AsyncIterable<WatchResult>): AsyncGenerator<StreamNews, void> {
    const { context, cluster, signal } = this;
    for await (const result of results) {
      if (signal.aborted) return;
      if (result === 'silent' || result === 'restless') {
        context.logger.debug(
          { cluster: cluster.name, how: result },
          'watch of a source given up, will retry',
        );
        yield result;
        return;
      }
      if (result === 'unchanged') context.confirm(cluster);
      else
        await inReadSpan(cluster, 'watch', async () => {
          const { reason } = this.take(result, 'watch', undefined);
          return await Promise.resolve({ result, reason });
        });
      yield 'told';
    }
  }

  private update(connected: boolean, message?: string): void {
    const previous = this.current;
    if (previous?.connected === connected && previous.message === message) return;
    if (message !== undefined)
      this.context.logger.warn(
        { cluster: this.cluster.name, remedy: message },
        'source cannot be watched, it is polled',
      );
    const since = previous?.connected === connected ? previous.since : new Date();
    this.current = { connected, since, ...(message !== undefined && { message }) };
  }
}

/** A stream that was never opened, since nobody wants it any more. */
const NOTHING: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

function policyFor({ syncIntervalMs }: FollowerContext): FollowPolicy {
  return {
    initialMs: Math.min(RETRY_INITIAL_MS, syncIntervalMs),
    maxMs: syncIntervalMs,
    healthyStreamMs: 5_000,
    pauseMs: RESTLESS_PAUSE_MS,
    watchTries: 3,
    pollMs: POLLED_FOR_MS,
    reopens: false,
  };
}

function switchedOff({ watchSources }: FollowerContext): Refusal | undefined {
  return watchSources ? undefined : { untilMs: Number.POSITIVE_INFINITY, message: undefined };
}
