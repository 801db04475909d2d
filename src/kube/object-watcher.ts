import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { explanationOf } from '../errors/exporter.error.ts';
import type { Explanation } from '../errors/explanation.ts';
import { Backoff, HUB_BACKOFF } from '../time/backoff.ts';
import { KubeRequestError } from './kube-request.error.ts';
import { ObjectStream, RESTLESS_PAUSE_MS, type StreamLimits } from './object-stream.ts';
import { isOlderVersion } from './resource-version.ts';
import type { ObjectClient } from './object-client.ts';
import type { ObjectSnapshot } from './object-kind.ts';
import type { FailureReason } from './reason.ts';
import { TransferBudget } from '../time/transfer-budget.ts';

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
/** A stream that ended sooner, without an event, is no proof that the server is well. */
const HEALTHY_STREAM_MS = 5_000;

/**
 * Keeps an eye on one object by list + watch, for as long as it runs. Whatever ends a stream, it lists again and so
 * misses no state; a stream that ended is no change of data, and the observer hears nothing of it.
 */
export class ObjectWatcher<Snapshot extends ObjectSnapshot> {
  private readonly limits: WatchLimits;
  private stopping = new AbortController();
  private running: Promise<void> | undefined;
  private observer: SightingObserver<Snapshot> | undefined;
  /** Whether the newest failure was answered by a list without a pause. */
  private relistedAtOnce = false;
  /** Version of the newest sighting. */
  private newest: string | undefined;
  private current: WatchStatus = { connected: false, since: new Date(), listed: false };

  constructor(
    private readonly client: ObjectClient<Snapshot>,
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
    if (this.running) return;
    this.stopping = new AbortController();
    this.observer = observer;
    this.running = this.run(observer, this.stopping.signal);
  }

  /** Ends the stream and resolves when the observer will not be called any more. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.running = undefined;
    this.current = { connected: false, since: new Date(), listed: false };
  }

  /**
   * Lists once, beside the watch, and tells the observer. Never rejects.
   *
   * @returns whether the server answered; where it did not, the watch will tell once it does
   */
  async lookNow(): Promise<boolean> {
    const { signal } = this.stopping;
    if (!this.observer || signal.aborted) return false;
    try {
      const sighting = await this.list(signal);
      // An event may have overtaken the list.
      const overtaken = this.newest !== undefined && isOlderVersion(sighting.resourceVersion, this.newest);
      if (!signal.aborted && !overtaken) this.tell(this.observer, sighting);
      return !signal.aborted;
    } catch (err) {
      this.logger.debug({ object: this.client.ref, err }, 'look failed');
      return false;
    }
  }

  private async list(signal: AbortSignal): Promise<Sighting<Snapshot>> {
    const limit = AbortSignal.timeout(this.limits.listTimeoutMs);
    return { ...(await this.client.list(AbortSignal.any([signal, limit]))), origin: 'list' };
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

  private async run(observer: SightingObserver<Snapshot>, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(HUB_BACKOFF);
    while (!signal.aborted) {
      try {
        await this.listAndFollow(observer, backoff, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.disconnected(error);
        // The version that we watched from is too old: list at once, but do not let a server keep us busy with it.
        const expired = error instanceof KubeRequestError && error.status === 410;
        const atOnce = expired && !this.relistedAtOnce;
        this.relistedAtOnce = expired;
        if (!atOnce) await this.pause(backoff, signal);
      }
    }
  }

  private async listAndFollow(
    observer: SightingObserver<Snapshot>,
    backoff: Backoff,
    signal: AbortSignal,
  ): Promise<void> {
    const sighting = await this.listNewest(signal);
    if (signal.aborted) return;
    this.tell(observer, sighting);
    this.current.listed = true;

    let version = sighting.resourceVersion;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const followed = await this.follow(version, observer, backoff, signal);
      if (followed.restless) await delay(RESTLESS_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      if (followed.silent || followed.restless) return;
      version = followed.version;
      if (!followed.eventful && performance.now() - startedAt < HEALTHY_STREAM_MS)
        await this.pause(backoff, signal);
    }
  }

  /** Follows one stream until the server ends it in good order, or until it has been silent for too long. */
  private async follow(
    from: string,
    observer: SightingObserver<Snapshot>,
    backoff: Backoff,
    signal: AbortSignal,
  ) {
    const stream = await ObjectStream.open(this.client, from, this.limits, signal);
    this.connected();
    let version = from;
    let eventful = false;
    for await (const event of stream) {
      eventful = true;
      backoff.reset();
      version = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.resourceVersion;
      if (signal.aborted) break;
      if (event.type === 'BOOKMARK') continue;
      const object = event.type === 'DELETED' ? undefined : event.object;
      this.tell(observer, { object, resourceVersion: version, origin: 'event' });
    }
    return { version, eventful, silent: stream.fellSilent, restless: stream.wasRestless };
  }

  private tell(observer: SightingObserver<Snapshot>, sighting: Sighting<Snapshot>): void {
    // A look at the server may have overtaken the event.
    const overtaken =
      sighting.origin === 'event' && this.newest && isOlderVersion(sighting.resourceVersion, this.newest);
    if (overtaken) return;
    this.newest = sighting.resourceVersion;
    observer(sighting);
  }

  private async pause(backoff: Backoff, signal: AbortSignal): Promise<void> {
    await delay(backoff.next(), undefined, { signal }).catch(() => undefined);
  }

  private connected(): void {
    this.relistedAtOnce = false;
    if (this.current.connected) return;
    this.current = { connected: true, since: new Date(), listed: true };
    this.logger.info({ object: this.client.ref }, 'watching');
  }

  private disconnected(error: unknown): void {
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
  }
}
