import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import pLimit from 'p-limit';
import type { Cluster } from '../cluster-config/cluster.ts';
import { ClusterRegistry } from '../cluster-config/cluster-registry.ts';
import { Settings } from '../config/settings.ts';
import { Backoff } from '../kube/backoff.ts';
import { AggregatePublisher } from './aggregate-publisher.ts';
import { ClusterStates } from './cluster-states.ts';
import { isRetried, type ReadResult, SourceReader } from './source-reader.ts';

/** A cluster whose newest read failed, between two tries. */
interface Failing {
  backoff: Backoff;
  timer: NodeJS.Timeout | undefined;
}

/** First delay after a failure; it grows up to the sync interval. Milliseconds. */
const RETRY_INITIAL_MS = 1_000;
/** The longest `Retry-After` that is waited for. Milliseconds. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;
/** Share of the slots that clusters which failed may hold, so that the healthy always find one. */
const RETRY_SHARE = 0.25;

/**
 * Every reading goes through here: it waits for a slot, has a timeout, and its result goes to the states and to the
 * publisher as soon as it is there.
 *
 * A cluster whose read failed leaves the passes and is tried again on its own, with a backoff capped at the interval, until a
 * read succeeds. So it holds up no pass, and is back soon after its fault is mended. An entry that changes is another
 * cluster to us, and read at once.
 */
@Injectable()
export class SourceReads {
  private readonly slots: ReturnType<typeof pLimit>;
  private readonly retrySlots: ReturnType<typeof pLimit>;
  private readonly failing = new Map<Cluster, Failing>();
  private readonly underWay = new Map<Cluster, Promise<void>>();
  /** Every cluster that was read since the start. */
  private known = new WeakSet<Cluster>();
  private stopping = new AbortController();

  constructor(
    private readonly settings: Settings,
    private readonly registry: ClusterRegistry,
    private readonly reader: SourceReader,
    private readonly states: ClusterStates,
    private readonly publisher: AggregatePublisher,
    @InjectPinoLogger(SourceReads.name) private readonly logger: PinoLogger,
  ) {
    this.slots = pLimit(settings.readConcurrency);
    this.retrySlots = pLimit(Math.max(1, Math.floor(settings.readConcurrency * RETRY_SHARE)));
  }

  /** Whether the cluster is being read, or tried again on its own. */
  isBusy(cluster: Cluster): boolean {
    return this.underWay.has(cluster) || this.failing.has(cluster);
  }

  /** Whether the cluster was never read, nor is being read. */
  isNew(cluster: Cluster): boolean {
    return !this.known.has(cluster);
  }

  /** Reads a cluster once. Resolves when its result is taken; never rejects. */
  async read(cluster: Cluster): Promise<void> {
    this.known.add(cluster);
    const read = this.slots(() => this.readInSlot(cluster)).finally(() => this.underWay.delete(cluster));
    this.underWay.set(cluster, read);
    await read;
  }

  /** Begins anew: every cluster is one that was never read. */
  start(): void {
    this.stopping = new AbortController();
    this.known = new WeakSet();
  }

  /** Gives up the reads under way and resolves when none is left. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const { timer } of this.failing.values()) clearTimeout(timer);
    this.failing.clear();
    this.retrySlots.clearQueue();
    await Promise.all(this.underWay.values());
  }

  private async readInSlot(cluster: Cluster): Promise<void> {
    if (this.isPointless(cluster)) return;
    const startedAt = performance.now();
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(this.settings.readTimeoutMs)]);
    const result = await this.reader.read(cluster, signal);
    const durationMs = Math.round(performance.now() - startedAt);
    this.logger.debug({ cluster: cluster.name, reason: result.reason, durationMs }, 'source read');
    // What was read through an entry that is gone says nothing about the cluster.
    if (this.isPointless(cluster)) return;
    this.states.record(cluster.name, result);
    this.publisher.request();
    this.follow(cluster, result);
  }

  private follow(cluster: Cluster, result: ReadResult): void {
    if (!isRetried(result)) {
      this.failing.delete(cluster);
      return;
    }
    // The credentials may have been renewed a moment ago; then the registry tells, and this cluster is another one.
    if (result.reason === 'unauthorized' && !this.failing.has(cluster)) void this.registry.refresh();
    const failing = this.failing.get(cluster) ?? {
      backoff: new Backoff({ initialMs: RETRY_INITIAL_MS, maxMs: this.settings.syncIntervalMs }),
      timer: undefined,
    };
    const retryAfterMs = Math.min(result.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
    failing.timer = setTimeout(() => this.retry(cluster), Math.max(failing.backoff.next(), retryAfterMs));
    this.failing.set(cluster, failing);
  }

  private retry(cluster: Cluster): void {
    if (!this.isPointless(cluster)) void this.retrySlots(() => this.read(cluster));
  }

  /** Whether nobody wants to know about the cluster any more; it is forgotten then. */
  private isPointless(cluster: Cluster): boolean {
    const isCurrent = this.registry.view.clusters.get(cluster.name) === cluster;
    if (!isCurrent) this.failing.delete(cluster);
    return !isCurrent || this.stopping.signal.aborted;
  }
}
