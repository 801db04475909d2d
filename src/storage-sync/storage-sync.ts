import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { ClusterConfigChangedEvent } from '../cluster-config/cluster-config-changed.event.ts';
import { ClusterRegistry } from '../cluster-config/cluster-registry.ts';
import { Backoff, HUB_BACKOFF } from '../base/time/backoff.ts';
import { Leadership, type Term } from '../leader-election/leadership.ts';
import { LeadershipChangedEvent } from '../leader-election/leadership-changed.event.ts';
import { AggregatePublisher } from './publishing/aggregate-publisher.ts';
import { ClusterStates } from './keeping/cluster-states.ts';
import { AggregateOutput } from './publishing/aggregate/aggregate-output.ts';
import { AggregateOnHub } from './publishing/aggregate/aggregate-on-hub.ts';
import { StorageSyncScheduler } from './reading/storage-sync.scheduler.ts';
import { Passes } from './reading/passes.ts';

/** How often all registries are asked for an answer before one is enough. */
const TRIES_FOR_ALL = 2;

/**
 * Wires the parts together, and does nothing else. While this replica leads: the registry changed or the aggregate did, so
 * states follow, a new interval begins, a pass starts, the aggregate is brought up to date. When it leads no more, all of
 * that stops and is forgotten.
 */
@Injectable()
export class StorageSync implements OnApplicationBootstrap, OnModuleDestroy {
  /** The term that the parts work for; undefined while they rest. */
  private served: Term | undefined;
  /** Whether registry and aggregate were seen in this term, and the passes run. */
  private started = false;
  private stopped = false;
  private hasStoodBy = false;
  private settling: Promise<void> | undefined;

  constructor(
    private readonly leadership: Leadership,
    private readonly registry: ClusterRegistry,
    private readonly onHub: AggregateOnHub,
    private readonly states: ClusterStates,
    private readonly scheduler: StorageSyncScheduler,
    private readonly passes: Passes,
    private readonly publisher: AggregatePublisher,
    private readonly output: AggregateOutput,
  ) {}

  /** Whether every cluster has had its chance, or the replica has stood by; until the service stops. */
  get ready(): boolean {
    return !this.stopped && (this.passes.firstEnded || this.hasStoodBy);
  }

  onApplicationBootstrap(): void {
    this.settle();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.settle();
    await this.settling;
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    if (this.leadership.status.role === 'standby') this.hasStoodBy = true;
    this.settle();
  }

  /** The registry was seen for the first time, or differs from before. */
  @OnEvent(ClusterConfigChangedEvent.eventName)
  onClusterConfigChanged(): void {
    if (this.started) this.follow('cluster-config.changed');
  }

  private onAggregateChanged(): void {
    if (this.started) this.publisher.requestAtOnce();
  }

  /** Brings the parts to where the leadership wants them, one step after the other. */
  private settle(): void {
    this.settling ??= this.serveWantedTerm().finally(() => {
      this.settling = undefined;
      if (this.served !== this.wanted) this.settle();
    });
  }

  private get wanted(): Term | undefined {
    return this.stopped ? undefined : this.leadership.term;
  }

  private async serveWantedTerm(): Promise<void> {
    while (this.served !== this.wanted) {
      if (this.served) await this.rest();
      else if (this.wanted) this.serve(this.wanted);
    }
  }

  private serve(term: Term): void {
    this.served = term;
    this.started = false;
    this.states.clear();
    this.passes.start();
    this.publisher.start(term);
    this.onHub.start(() => this.onAggregateChanged());
    void this.begin(term);
  }

  private async rest(): Promise<void> {
    this.started = false;
    this.scheduler.stop();
    await Promise.all([this.passes.stop(), this.publisher.stop()]);
    // Last, since a write that ends tells it what it wrote.
    await this.onHub.stop();
    this.states.clear();
    this.served = undefined;
  }

  /** Nothing is read or published before both Secrets were looked at in this term: the aggregate holds the last-known-good. */
  private async begin(term: Term): Promise<void> {
    const { signal } = term;
    // What was seen of the registry before this replica led may be older than what the last leader acted upon.
    const { election } = this.leadership.status;
    await Promise.all([
      election ? this.untilDone(term, (tries) => this.lookAtRegistries(tries)) : this.registry.whenSeen(),
      this.untilDone(term, () => this.onHub.look(signal).then(() => true)),
    ]);
    if (this.served !== term || this.wanted !== term) return;
    this.started = true;
    this.follow('start');
  }

  /** One that cannot be read keeps the others waiting for a few tries: what was seen of it stays. */
  private async lookAtRegistries(tries: number): Promise<boolean> {
    const answered = await this.registry.refresh();
    return answered === 'all' || (answered === 'some' && tries >= TRIES_FOR_ALL);
  }

  private async untilDone(term: Term, look: (tries: number) => Promise<boolean>): Promise<void> {
    const backoff = new Backoff(HUB_BACKOFF);
    for (let tries = 1; this.served === term && !(await look(tries).catch(() => false)); tries++)
      await delay(backoff.next(), undefined, { signal: term.signal }).catch(() => undefined);
  }

  private follow(trigger: 'start' | 'cluster-config.changed'): void {
    this.states.align(this.registry.view);
    // Before the pass: what is known to be down is read last.
    this.output.adopt();
    this.scheduler.restart(() => this.passes.request('interval'));
    this.passes.request(trigger);
    this.publisher.request();
  }
}
