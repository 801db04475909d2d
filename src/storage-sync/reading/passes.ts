import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import { Settings } from '../../base/config/settings.ts';
import { inSpan } from '../../base/tracing/in-span.ts';
import { ClusterStates } from '../keeping/cluster-states.ts';
import { Followers } from './followers.ts';
import { PassEndedEvent, type SyncTrigger } from './reading.events.ts';

/**
 * Reads the sources of all clusters, but for those that are watched, or failed and are tried again on their own. Passes never overlap:
 * requests during a pass become one more pass. Nobody waits for a cluster that hangs: one that joins or changes during a
 * pass is read at once beside it, and a tick of the interval ends the pass before it. Reads that are still under way then end
 * on their own.
 */
@Injectable()
export class Passes {
  private requested: SyncTrigger | undefined;
  private running: Promise<void> | undefined;
  private stopping = new AbortController();
  private firstHasEnded = false;
  private first: Promise<void> | undefined;
  /** Ends the wait of the pass that runs. */
  private goOn: () => void = () => undefined;

  constructor(
    private readonly settings: Settings,
    private readonly registry: ClusterRegistry,
    private readonly followers: Followers,
    private readonly states: ClusterStates,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(Passes.name) private readonly logger: PinoLogger,
  ) {
    this.stopping.abort();
  }

  /** Whether all reads of a first pass have ever ended, or had the time that one read may take. */
  get firstEnded(): boolean {
    return this.firstHasEnded;
  }

  /** Lets passes begin. To be called once {@link stop} has resolved. */
  start(): void {
    this.stopping = new AbortController();
    this.first = undefined;
    this.followers.start();
  }

  /** Asks for a pass, at once or after the one under way. Never fails. */
  request(trigger: SyncTrigger): void {
    if (this.stopping.signal.aborted) return;
    this.requested ??= trigger;
    if (!this.running) this.running = this.run();
    else if (trigger === 'interval') this.goOn();
    else void this.followers.followNew(trigger);
  }

  /** Gives up the pass under way and resolves when none of its reads is left. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.requested = undefined;
    this.goOn();
    await this.followers.stop();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.requested && !this.stopping.signal.aborted) {
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
    const reads = [...this.followers.ask(trigger), ...this.followers.followNew(trigger)];
    this.first ??= this.noteEndOfFirst(Promise.all(reads));
    await Promise.race([Promise.all(reads), tick]);
    if (this.stopping.signal.aborted) return;

    const durationMs = Math.round(performance.now() - startedAt);
    const log = { trigger, durationMs, read: reads.length, ...this.countStates() };
    this.logger.info(log, 'pass ended');
    this.events.emit(PassEndedEvent.eventName, new PassEndedEvent(trigger, durationMs));
  }

  private async noteEndOfFirst(reads: Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    const ended = new AbortController();
    const limit = delay(this.settings.readTimeoutMs, undefined, {
      signal: AbortSignal.any([signal, ended.signal]),
    });
    await Promise.race([reads, limit.catch(() => undefined)]);
    ended.abort();
    this.firstHasEnded ||= !signal.aborted;
  }

  private countStates(): { clusters: number; synced: number; failed: number } {
    const names = [...this.registry.view.clusters.keys()];
    const synced = names.filter((name) => this.states.all.get(name)?.state === 'synced').length;
    return { clusters: names.length, synced, failed: names.length - synced };
  }
}
