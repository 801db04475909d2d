import type { Logger } from 'pino';
import { explanationOf } from '../../base/errors/exporter.error.ts';
import type { Explanation } from '../../base/errors/explanation.ts';
import { HUB_BACKOFF } from '../../base/time/backoff.ts';
import { withTimeLimit } from '../../base/time/time-limit.ts';
import { TransferBudget } from '../../base/time/transfer-budget.ts';
import { KubeRequestError } from '../failures/kube-request.error.ts';
import type { ObjectSnapshot } from '../objects/object-kind.ts';
import { ObjectStream, RESTLESS_PAUSE_MS, type StreamLimits } from './object-stream.ts';
import type { FailureReason } from '../failures/reason.ts';
import { isOlderVersion } from '../objects/resource-version.ts';
import type { Follower, FollowPolicy, ReadOutcome, StreamEnd } from './follower.ts';
import { Following, type StreamNews, type Subject } from './following.ts';
import type { Watchable } from './watchable.ts';

/** What the server held at a version; `object` is undefined when it did not exist. */
export interface Sighting<Snapshot> {
  readonly object: Snapshot | undefined;
  readonly resourceVersion: string;
  /** A list is authoritative; an event may arrive after the answer to a later write. */
  readonly origin: 'list' | 'event';
}

/** Called with what the server holds: after every list, and for every change. Must not throw. */
export type SightingObserver<Snapshot> = (sighting: Sighting<Snapshot>) => void;

/** Whether an object is being watched, and if not, why. */
export interface WatchStatus {
  connected: boolean;
  /** Of the newest change of `connected`. */
  since: Date;
  /** Whether the object was listed at least once. */
  listed: boolean;
  failure?: { reason: FailureReason } & Explanation;
}

/** Bounds on a watch. The defaults are for production; tests shorten them. */
export interface WatchLimits extends StreamLimits {
  /** For a list. Milliseconds. */
  listTimeoutMs: number;
}

/** Streams end before the idle limits of most load balancers. */
const DEFAULT_LIMITS: Omit<WatchLimits, 'budget'> = {
  listTimeoutMs: 10_000,
  openTimeoutMs: 10_000,
  silenceMs: 90_000,
  streamSeconds: 290,
};

const POLICY: FollowPolicy = {
  ...HUB_BACKOFF,
  healthyStreamMs: 5_000,
  pauseMs: RESTLESS_PAUSE_MS,
  // There is no other way to hear of a change.
  watchTries: Number.POSITIVE_INFINITY,
  pollMs: 0,
  reopens: true,
};

/**
 * Keeps an eye on one object by list + watch, for as long as it runs. Whatever breaks a stream, it lists again and so
 * misses no state; a stream that ended is no change of data.
 */
export class ObjectWatcher<Snapshot extends ObjectSnapshot> {
  private readonly limits: WatchLimits;
  private stopping = new AbortController();
  private following: Following | undefined;
  private observer: SightingObserver<Snapshot> | undefined;
  /** Version of the newest sighting, or of a bookmark after it. */
  private newest: string | undefined;
  private current = notConnected();

  constructor(
    private readonly client: Watchable<Snapshot>,
    private readonly logger: Logger,
    limits: Partial<WatchLimits> = {},
  ) {
    this.limits = { ...DEFAULT_LIMITS, budget: new TransferBudget(), ...limits };
  }

  get status(): Readonly<WatchStatus> {
    return this.current;
  }

  /** Starts watching. While it runs, a second call does nothing. */
  start(observer: SightingObserver<Snapshot>): void {
    if (this.following) return;
    this.stopping = new AbortController();
    this.observer = observer;
    this.following = new Following(this.subject(this.stopping.signal), POLICY, this.stopping.signal);
    this.following.start();
  }

  /** Ends the stream and resolves when the observer will not be called any more. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following?.ended();
    this.following = undefined;
    this.newest = undefined;
    this.current = notConnected();
  }

  /**
   * Lists once, beside the watch, and tells the observer. Never rejects.
   *
   * @returns whether the server answered; where it did not, the watch will tell once it does
   */
  async lookNow(): Promise<boolean> {
    const { signal } = this.stopping;
    if (!this.following || signal.aborted) return false;
    try {
      const sighting = await this.list(signal);
      // An event may have overtaken the list.
      const overtaken = this.newest !== undefined && isOlderVersion(sighting.resourceVersion, this.newest);
      if (!signal.aborted && !overtaken) this.tell(sighting);
      return !signal.aborted;
    } catch (err) {
      this.logger.debug({ object: this.client.ref, err }, 'look failed');
      return false;
    }
  }

  private subject(signal: AbortSignal): Subject {
    return {
      read: async () => await this.read(signal),
      open: async () =>
        this.news(await ObjectStream.open(this.client, this.newest ?? '', this.limits, signal), signal),
      endOf: (error) => this.lost(error),
      moved: (to) => this.moved(to),
    };
  }

  private async read(signal: AbortSignal): Promise<ReadOutcome> {
    try {
      const sighting = await this.listNewest(signal);
      if (!signal.aborted) this.tell(sighting);
      this.current.listed = true;
      return { kind: 'watchable' };
    } catch (error) {
      if (!signal.aborted) this.lost(error);
      const retryAfterMs = error instanceof KubeRequestError ? (error.retryAfterMs ?? 0) : 0;
      return { kind: 'failed', retryAfterMs };
    }
  }

  private async list(signal: AbortSignal): Promise<Sighting<Snapshot>> {
    const list = await withTimeLimit(this.limits.listTimeoutMs, signal, (limit) => this.client.list(limit));
    return { ...list, origin: 'list' };
  }

  /** A look that was sent later may have been answered sooner. What it saw must not be taken back. */
  private async listNewest(signal: AbortSignal): Promise<Sighting<Snapshot>> {
    for (;;) {
      const before = this.newest;
      const sighting = await this.list(signal);
      const overtaken =
        this.newest !== before &&
        this.newest !== undefined &&
        isOlderVersion(sighting.resourceVersion, this.newest);
      if (!overtaken) return sighting;
    }
  }

  private async *news(stream: ObjectStream<Snapshot>, signal: AbortSignal): AsyncGenerator<StreamNews, void> {
    for await (const event of stream) {
      if (signal.aborted) return;
      if (event.type === 'BOOKMARK') this.newest = newerOf(event.resourceVersion, this.newest);
      else {
        const { object, type } = event;
        const { resourceVersion } = object;
        this.tell({ object: type === 'DELETED' ? undefined : object, resourceVersion, origin: 'event' });
      }
      yield 'told';
    }
    if (stream.fellSilent) yield 'silent';
    if (stream.wasRestless) yield 'restless';
  }

  private tell(sighting: Sighting<Snapshot>): void {
    // A look at the server may have overtaken the event.
    const overtaken =
      sighting.origin === 'event' && this.newest && isOlderVersion(sighting.resourceVersion, this.newest);
    if (overtaken) return;
    this.newest = sighting.resourceVersion;
    this.observer?.(sighting);
  }

  private moved({ at }: Follower): void {
    if (at !== 'watching' || this.current.connected) return;
    this.current = { connected: true, since: new Date(), listed: true };
    this.logger.info({ object: this.client.ref }, 'watching');
  }

  private lost(error: unknown): StreamEnd {
    const failure = {
      reason: error instanceof KubeRequestError ? error.reason : ('server_error' as const),
      ...explanationOf(error, 'The watch failed in a way that was not foreseen.'),
    };
    const log = { object: this.client.ref, reason: failure.reason, err: error };
    if (this.current.connected || !this.current.failure) {
      this.current = { connected: false, since: new Date(), listed: this.current.listed, failure };
      this.logger.warn(log, 'watch lost, will retry');
    } else {
      this.current.failure = failure;
      this.logger.debug(log, 'watch still lost, will retry');
    }
    return { kind: error instanceof KubeRequestError && error.status === 410 ? 'expired' : 'lost' };
  }
}

function notConnected(): WatchStatus {
  return { connected: false, since: new Date(), listed: false };
}

function newerOf(version: string, known: string | undefined): string {
  return known !== undefined && isOlderVersion(version, known) ? known : version;
}
