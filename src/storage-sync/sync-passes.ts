import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import pLimit from 'p-limit';
import type { Cluster } from '../cluster-config/cluster.ts';
import { ClusterRegistry } from '../cluster-config/cluster-registry.ts';
import { Settings } from '../config/settings.ts';
import { AggregatePublisher } from './aggregate-publisher.ts';
import { ClusterStates } from './cluster-states.ts';
import { SourceReader } from './source-reader.ts';

/** What asked for a pass. */
export type SyncTrigger = 'start' | 'interval' | 'cluster-config.changed';

/**
 * Reads the sources of all clusters, each on its own, and hands on every result as it arrives. Passes never overlap:
 * requests during a pass become one more pass. A cluster that joins or changes during a pass is read in it at once, so
 * that it need not wait for one that hangs.
 */
@Injectable()
export class SyncPasses {
  private readonly limit: ReturnType<typeof pLimit>;
  private requested: SyncTrigger | undefined;
  private running: Promise<void> | undefined;
  private stopping = new AbortController();
  /** Of the pass under way. */
  private started = new Set<Cluster>();
  private reads = new Set<Promise<void>>();
  private ended = false;

  constructor(
    private readonly settings: Settings,
    private readonly registry: ClusterRegistry,
    private readonly reader: SourceReader,
    private readonly states: ClusterStates,
    private readonly publisher: AggregatePublisher,
    @InjectPinoLogger(SyncPasses.name) private readonly logger: PinoLogger,
  ) {
    this.limit = pLimit(settings.readConcurrency);
  }

  /** Whether a pass has ended since the start: every cluster got its chance. */
  get firstPassEnded(): boolean {
    return this.ended;
  }

  /** Asks for a pass, at once or after the one under way. Never fails. */
  request(trigger: SyncTrigger): void {
    if (this.stopping.signal.aborted) return;
    this.requested ??= trigger;
    if (this.running) this.readNewClusters();
    else this.running = this.run();
  }

  /** Gives up the reads under way and resolves when none is left. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.requested && !this.stopping.signal.aborted) {
      const trigger = this.requested;
      this.requested = undefined;
      await this.pass(trigger);
    }
    // Nothing runs between the loop's last check and this line.
    this.running = undefined;
  }

  private async pass(trigger: SyncTrigger): Promise<void> {
    const startedAt = performance.now();
    this.started = new Set();
    this.readNewClusters();
    while (this.reads.size > 0) await Promise.all(this.reads);
    if (this.stopping.signal.aborted) return;

    this.ended = true;
    // Keys expire also where nothing was read.
    this.publisher.request();
    const counts = countStates(this.started, this.states);
    const durationMs = Math.round(performance.now() - startedAt);
    this.logger.info({ trigger, durationMs, clusters: this.started.size, ...counts }, 'pass ended');
  }

  private readNewClusters(): void {
    for (const cluster of this.registry.view.clusters.values()) {
      if (this.started.has(cluster)) continue;
      this.started.add(cluster);
      const read = this.limit(() => this.read(cluster)).finally(() => this.reads.delete(read));
      this.reads.add(read);
    }
  }

  private async read(cluster: Cluster): Promise<void> {
    if (this.stopping.signal.aborted || !this.isCurrent(cluster)) return;
    const startedAt = performance.now();
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(this.settings.readTimeoutMs)]);
    const result = await this.reader.read(cluster, signal);
    const durationMs = Math.round(performance.now() - startedAt);
    this.logger.debug({ cluster: cluster.name, reason: result.reason, durationMs }, 'source read');
    // What was read through an entry that is gone says nothing about the cluster.
    if (this.stopping.signal.aborted || !this.isCurrent(cluster)) return;
    this.states.record(cluster.name, result);
    this.publisher.request();
  }

  private isCurrent(cluster: Cluster): boolean {
    return this.registry.view.clusters.get(cluster.name) === cluster;
  }
}

function countStates(
  clusters: ReadonlySet<Cluster>,
  states: ClusterStates,
): { synced: number; failed: number } {
  const synced = [...clusters].filter(({ name }) => states.all.get(name)?.state === 'synced').length;
  return { synced, failed: clusters.size - synced };
}
