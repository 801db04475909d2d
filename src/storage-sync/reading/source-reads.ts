import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import pLimit from 'p-limit';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import { Settings } from '../../config/settings.ts';
import { Backoff } from '../../time/backoff.ts';
import type { Reason } from '../../kube/reason.ts';
import { withTimeLimit } from '../../time/time-limit.ts';
import { outsideSpans } from '../../tracing/in-span.ts';
import { ClusterStates } from '../keeping/cluster-states.ts';
import { inReadSpan } from './read-span.ts';
import { isRetried, type ReadResult, SourceReader } from './source-reader.ts';
import { SourceWatches } from './source-watches.ts';
import { type ReadTrigger, SourceReadEvent } from './reading.events.ts';

/** First delay after a failure; it grows up to the sync interval. Milliseconds. */
const RETRY_INITIAL_MS = 1_000;
/** The longest `Retry-After` that is waited for. Milliseconds. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;
/** Share of the slots that clusters which failed may hold, so that the healthy always find one. */
const RETRY_SHARE = 0.25;

/**
 * Every reading goes through here: it waits for a slot, has a timeout, and its result goes to the states as soon as it is there. Where it can be, the source is then watched, and read no more while that lasts.
 *
 * A cluster whose read failed leaves the passes and is tried again on its own, with a backoff capped at the interval, until a
 * read succeeds. So it holds up no pass, and is back soon after its fault is mended. An entry that changes is another
 * cluster to us, and read at once.
 */
@Injectable()
export class SourceReads {
  private readonly slots: ReturnType<typeof pLimit>;
  private readonly retrySlots: ReturnType<typeof pLimit>;
  /** Of clusters whose newest read failed. */
  private readonly failing = new Map<Cluster, Backoff>();
  /** For reads that are to come. */
  private readonly timers = new Map<Cluster, NodeJS.Timeout>();
  private readonly underWay = new Map<Cluster, Promise<void>>();
  /** Whose watch is being opened, or waits for that. */
  private readonly opening = new Set<Cluster>();
  /** Every cluster that was read since the start. */
  private known = new WeakSet<Cluster>();
  private stopping = new AbortController();

  constructor(
    private readonly settings: Settings,
    private readonly registry: ClusterRegistry,
    private readonly reader: SourceReader,
    private readonly watches: SourceWatches,
    private readonly states: ClusterStates,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(SourceReads.name) private readonly logger: PinoLogger,
  ) {
    this.slots = pLimit(settings.readConcurrency);
    this.retrySlots = pLimit(Math.max(1, Math.floor(settings.readConcurrency * RETRY_SHARE)));
  }

  /** Whether a pass shall leave the cluster out: it is being read, tried again on its own, or watched. */
  isBusy(cluster: Cluster): boolean {
    return (
      this.underWay.has(cluster) ||
      this.failing.has(cluster) ||
      this.opening.has(cluster) ||
      this.watches.isConnected(cluster)
    );
  }

  /** Whether the cluster was never read, nor is being read. */
  isNew(cluster: Cluster): boolean {
    return !this.known.has(cluster);
  }

  /** Reads a cluster once, and not twice at the same time. Resolves when its result is taken; never rejects. */
  async read(cluster: Cluster, trigger: ReadTrigger): Promise<void> {
    const underWay = this.underWay.get(cluster);
    if (underWay) {
      await underWay;
      return;
    }
    this.known.add(cluster);
    this.cancelTimer(cluster);
    const read = this.slots(() => this.readInSlot(cluster, trigger)).finally(() =>
      this.underWay.delete(cluster),
    );
    this.underWay.set(cluster, read);
    await read;
  }

  /** Begins anew: every cluster is one that was never read. */
  start(): void {
    this.stopping = new AbortController();
    this.known = new WeakSet();
    this.watches.start((cluster, inMs) => this.schedule(cluster, inMs, () => this.read(cluster, 'reread')));
  }

  /** Gives up the reads and watches under way and resolves when none is left. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.failing.clear();
    this.retrySlots.clearQueue();
    await Promise.all([...this.underWay.values(), this.watches.stop()]);
  }

  private async readInSlot(cluster: Cluster, trigger: ReadTrigger): Promise<void> {
    if (this.isPointless(cluster)) return;
    await inReadSpan(cluster, trigger, () => this.readNow(cluster, trigger));
  }

  private async readNow(cluster: Cluster, trigger: ReadTrigger): Promise<Reason> {
    const startedAt = performance.now();
    const result = await withTimeLimit(this.settings.readTimeoutMs, this.stopping.signal, (signal) =>
      this.reader.read(cluster, signal),
    );
    const durationMs = Math.round(performance.now() - startedAt);
    const { reason } = result;
    this.logger.debug({ cluster: cluster.name, reason, trigger, durationMs }, 'source read');
    // What was read through an entry that is gone says nothing about the cluster.
    if (this.isPointless(cluster)) return reason;
    this.events.emit(
      SourceReadEvent.eventName,
      new SourceReadEvent(cluster.name, reason, trigger, durationMs),
    );
    this.states.record(cluster.name, result);
    // What comes of it later is no part of this reading.
    outsideSpans(() => {
      if (isRetried(result)) this.tryAgain(cluster, result);
      else this.follow(cluster, result);
    });
    return reason;
  }

  private follow(cluster: Cluster, { watch }: ReadResult): void {
    this.failing.delete(cluster);
    if (!watch) return;
    this.opening.add(cluster);
    const { signal } = this.stopping;
    // Behind all reads that wait: what they find matters more than what may change.
    void this.slots(async () => signal.aborted || (await this.watches.open(cluster, watch))).finally(() =>
      this.opening.delete(cluster),
    );
  }

  private tryAgain(cluster: Cluster, result: ReadResult): void {
    // The credentials may have been renewed a moment ago; then the registry tells, and this cluster is another one.
    if (result.reason === 'unauthorized' && !this.failing.has(cluster)) void this.registry.refresh();
    const backoff =
      this.failing.get(cluster) ??
      new Backoff({ initialMs: RETRY_INITIAL_MS, maxMs: this.settings.syncIntervalMs });
    this.failing.set(cluster, backoff);
    const askedForMs = 'retryAfterMs' in result ? (result.retryAfterMs ?? 0) : 0;
    const inMs = Math.max(backoff.next(), Math.min(askedForMs, LONGEST_RETRY_AFTER_MS));
    this.schedule(cluster, inMs, () => this.retrySlots(() => this.read(cluster, 'retry')));
  }

  private schedule(cluster: Cluster, inMs: number, read: () => Promise<void>): void {
    this.cancelTimer(cluster);
    const timer = setTimeout(() => {
      this.timers.delete(cluster);
      if (!this.isPointless(cluster)) void read();
    }, inMs);
    this.timers.set(cluster, timer);
  }

  private cancelTimer(cluster: Cluster): void {
    clearTimeout(this.timers.get(cluster));
    this.timers.delete(cluster);
  }

  /** Whether nobody wants to know about the cluster any more; it is forgotten then. */
  private isPointless(cluster: Cluster): boolean {
    const isCurrent = this.registry.view.clusters.get(cluster.name) === cluster;
    if (!isCurrent) this.failing.delete(cluster);
    return !isCurrent || this.stopping.signal.aborted;
  }
}
