import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import { inSpan } from '../../tracing/in-span.ts';
import { ClusterStates } from '../keeping/cluster-states.ts';
import { SourceReads } from './source-reads.ts';
import { PassEndedEvent, type SyncTrigger } from './reading.events.ts';

/**
 * Reads the sources of all clusters, but for those that failed and are tried again on their own. Passes never overlap:
 * requests during a pass become one more pass. Nobody waits for a cluster that hangs: one that joins or changes during a
 * pass is read at once beside it, and a tick of the interval ends the pass before it. Reads that are still under way then end
 * on their own, and the next pass leaves these clusters out.
 */
@Injectable()
export class SyncPasses {
  private requested: SyncTrigger | undefined;
  private running: Promise<void> | undefined;
  private stopped = true;
  private firstHasEnded = false;
  /** The reads of the first pass of this term. */
  private firstReads: Promise<void> | undefined;
  /** Ends the wait of the pass that runs. */
  private goOn: () => void = () => undefined;

  constructor(
    private readonly registry: ClusterRegistry,
    private readonly sourceReads: SourceReads,
    private readonly states: ClusterStates,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(SyncPasses.name) private readonly logger: PinoLogger,
  ) {}

  /** Whether all reads of a first pass have ever ended. */
  get firstEnded(): boolean {
    return this.firstHasEnded;
  }

  /** Lets passes begin. To be called once {@link stop} has resolved. */
  start(): void {
    this.stopped = false;
    this.firstReads = undefined;
    this.sourceReads.start();
  }

  /** Asks for a pass, at once or after the one under way. Never fails. */
  request(trigger: SyncTrigger): void {
    if (this.stopped) return;
    this.requested ??= trigger;
    if (!this.running) this.running = this.run();
    else if (trigger === 'interval') this.goOn();
    else this.readNewClusters();
  }

  /** Gives up the pass under way and resolves when none of its reads is left. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.requested = undefined;
    await this.sourceReads.stop();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.requested && !this.stopped) {
      const trigger = this.requested;
      this.requested = undefined;
      const attributes = { 'mcce.trigger': trigger, 'mcce.clusters': this.registry.view.clusters.size };
      await inSpan('pass', { root: true, attributes }, () => this.pass(trigger));
    }
    // Nothing runs between the loop's last check and this line.
    this.running = undefined;
  }

  private async pass(trigger: SyncTrigger): Promise<void> {
    const startedAt = performance.now();
    const { promise: tick, resolve } = Promise.withResolvers<void>();
    this.goOn = resolve;
    const reads = this.readIdleClusters(trigger);
    this.firstReads ??= this.noteEndOfFirst(reads);
    await Promise.race([reads, tick]);
    if (this.stopped) return;

    const durationMs = Math.round(performance.now() - startedAt);
    this.logger.info({ trigger, durationMs, ...this.countStates() }, 'pass ended');
    this.events.emit(PassEndedEvent.eventName, new PassEndedEvent(trigger, durationMs));
  }

  private async noteEndOfFirst(reads: Promise<void>): Promise<void> {
    await reads;
    this.firstHasEnded ||= !this.stopped;
  }

  /** Reads the clusters that are neither being read nor tried again on their own. */
  private async readIdleClusters(trigger: SyncTrigger): Promise<void> {
    const idle = this.clusters().filter((cluster) => !this.sourceReads.isBusy(cluster));
    await Promise.all(idle.map((cluster) => this.sourceReads.read(cluster, trigger)));
  }

  private readNewClusters(): void {
    for (const cluster of this.clusters())
      if (this.sourceReads.isNew(cluster)) void this.sourceReads.read(cluster, 'cluster-config.changed');
  }

  private clusters(): Cluster[] {
    return [...this.registry.view.clusters.values()];
  }

  private countStates(): { clusters: number; synced: number; failed: number } {
    const names = [...this.registry.view.clusters.keys()];
    const synced = names.filter((name) => this.states.all.get(name)?.state === 'synced').length;
    return { clusters: names.length, synced, failed: names.length - synced };
  }
}
