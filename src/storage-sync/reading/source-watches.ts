import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import { Settings } from '../../config/settings.ts';
import { Backoff } from '../../time/backoff.ts';
import { RESTLESS_PAUSE_MS } from '../../kube/object-stream.ts';
import type { Reason } from '../../kube/reason.ts';
import { ClusterStates } from '../keeping/cluster-states.ts';
import { inReadSpan } from './read-span.ts';
import { SourceReadEvent } from './reading.events.ts';
import { type ReadResult, SourceReader, type WatchOffer, type WatchResult } from './source-reader.ts';

/** How a cluster's source is watched. */
export interface SourceWatchStatus {
  /** While it is, a change is published at once, and the passes leave the cluster out. */
  connected: boolean;
  /** Since when `connected` is what it is. */
  since: Date;
  /** Why it is not, and how to mend it; absent where it merely was lost a moment ago. */
  message?: string;
}

/** Called when a watch has ended: the cluster is to be read again after so many milliseconds, and watched from there. */
export type WatchEnded = (cluster: Cluster, rereadInMs: number) => void;

/** First delay after a watch broke; it grows up to the sync interval. Milliseconds. */
const RETRY_INITIAL_MS = 1_000;
/** A stream that ended sooner, without a change, is no proof that watching works. Milliseconds. */
const HEALTHY_STREAM_MS = 5_000;

/**
 * Follows the sources, so that a change is published at the moment in which it happens. A watch begins where a reading
 * ended and so misses nothing; whatever ends it, the source is read again.
 */
@Injectable()
export class SourceWatches {
  private statuses = new WeakMap<Cluster, SourceWatchStatus>();
  private readonly backoffs = new WeakMap<Cluster, Backoff>();
  private readonly streams = new Set<Promise<void>>();
  private stopping = new AbortController();
  private ended: WatchEnded = () => undefined;

  constructor(
    private readonly settings: Settings,
    private readonly registry: ClusterRegistry,
    private readonly reader: SourceReader,
    private readonly states: ClusterStates,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(SourceWatches.name) private readonly logger: PinoLogger,
  ) {}

  /** Undefined: watching was not tried yet, or is switched off. */
  statusOf(cluster: Cluster): Readonly<SourceWatchStatus> | undefined {
    return this.statuses.get(cluster);
  }

  isConnected(cluster: Cluster): boolean {
    return this.statuses.get(cluster)?.connected === true;
  }

  start(ended: WatchEnded): void {
    this.ended = ended;
    this.stopping = new AbortController();
  }

  /** Ends every stream, and resolves when none is left. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.streams);
    this.statuses = new WeakMap();
  }

  /** Follows a cluster from where a reading ended. Resolves when the stream is open, or could not be opened; never rejects. */
  async open(cluster: Cluster, offer: WatchOffer): Promise<void> {
    if (this.isPointless(cluster) || this.isConnected(cluster)) return;
    if ('refusal' in offer) {
      this.update(cluster, false, offer.refusal);
      return;
    }
    try {
      const results = await this.reader.watch(cluster, offer.from, this.stopping.signal);
      this.update(cluster, true);
      const stream = this.follow(cluster, results).finally(() => this.streams.delete(stream));
      this.streams.add(stream);
    } catch (error) {
      this.lost(cluster, error);
    }
  }

  private async follow(cluster: Cluster, results: AsyncIterable<WatchResult>): Promise<void> {
    const openedAt = performance.now();
    let healthy = false;
    try {
      for await (const result of results) {
        if (this.isPointless(cluster)) return;
        if (result === 'restless') {
          this.logger.debug({ cluster: cluster.name }, 'source changes too fast to be followed');
          this.reread(cluster, RESTLESS_PAUSE_MS);
          return;
        }
        healthy = true;
        if (result === 'unchanged') {
          this.states.confirm(cluster.name);
          continue;
        }
        await inReadSpan(cluster, 'watch', async () => this.take(cluster, result));
      }
      const lasted = performance.now() - openedAt > HEALTHY_STREAM_MS;
      if (healthy || lasted) this.backoffs.delete(cluster);
      if (lasted) this.reread(cluster, 0);
      // A server that ends every stream after one change must not be asked in a tight loop.
      else if (healthy) this.reread(cluster, RETRY_INITIAL_MS);
      else this.lost(cluster, undefined);
    } catch (error) {
      if (healthy || performance.now() - openedAt > HEALTHY_STREAM_MS) this.backoffs.delete(cluster);
      this.lost(cluster, error);
    }
  }

  private take(cluster: Cluster, result: ReadResult): Reason {
    const { reason } = result;
    this.logger.debug({ cluster: cluster.name, reason, trigger: 'watch' }, 'source read');
    this.events.emit(
      SourceReadEvent.eventName,
      new SourceReadEvent(cluster.name, reason, 'watch', undefined),
    );
    this.states.record(cluster.name, result);
    return reason;
  }

  private lost(cluster: Cluster, err: unknown): void {
    this.logger.debug({ cluster: cluster.name, err }, 'watch of a source lost, will retry');
    const backoff =
      this.backoffs.get(cluster) ??
      new Backoff({ initialMs: RETRY_INITIAL_MS, maxMs: this.settings.syncIntervalMs });
    this.backoffs.set(cluster, backoff);
    // With jitter, so that clusters that were lost together are not dialled together.
    this.reread(cluster, backoff.next());
  }

  private reread(cluster: Cluster, inMs: number): void {
    if (this.isPointless(cluster)) return;
    this.update(cluster, false);
    this.ended(cluster, inMs);
  }

  private update(cluster: Cluster, connected: boolean, message?: string): void {
    const previous = this.statuses.get(cluster);
    if (previous?.connected === connected && previous.message === message) return;
    if (message !== undefined)
      this.logger.warn({ cluster: cluster.name, remedy: message }, 'source cannot be watched, it is polled');
    const since = previous?.connected === connected ? previous.since : new Date();
    this.statuses.set(cluster, { connected, since, ...(message !== undefined && { message }) });
  }

  /** Whether nobody wants to know about the cluster any more. */
  private isPointless(cluster: Cluster): boolean {
    return this.stopping.signal.aborted || this.registry.view.clusters.get(cluster.name) !== cluster;
  }
}
