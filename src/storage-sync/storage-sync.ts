import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { ClusterConfigChangedEvent } from '../cluster-config/cluster-config-changed.event.ts';
import { ClusterRegistry } from '../cluster-config/cluster-registry.ts';
import { AggregatePublisher } from './aggregate-publisher.ts';
import { ClusterStates } from './cluster-states.ts';
import { HeldAggregate } from './held-aggregate.ts';
import { StorageSyncScheduler } from './storage-sync.scheduler.ts';
import { SyncPasses } from './sync-passes.ts';

/**
 * Wires the parts together, and does nothing else: the registry changed or the aggregate did, so states follow, the
 * interval begins anew, a pass starts, the aggregate is brought up to date.
 */
@Injectable()
export class StorageSync implements OnApplicationBootstrap, OnModuleDestroy {
  private started = false;
  private stopped = false;

  constructor(
    private readonly registry: ClusterRegistry,
    private readonly held: HeldAggregate,
    private readonly states: ClusterStates,
    private readonly scheduler: StorageSyncScheduler,
    private readonly passes: SyncPasses,
    private readonly publisher: AggregatePublisher,
  ) {}

  onApplicationBootstrap(): void {
    this.held.start(() => this.onAggregateChanged());
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.scheduler.stop();
    await Promise.all([this.passes.stop(), this.held.stop(), this.publisher.stop()]);
  }

  /** The registry was seen for the first time, or differs from before. */
  @OnEvent(ClusterConfigChangedEvent.eventName)
  onClusterConfigChanged(): void {
    if (this.stopped) return;
    if (this.started) this.follow('cluster-config.changed');
    else this.startOnceAllIsKnown();
  }

  private onAggregateChanged(): void {
    if (this.started) this.publisher.requestAtOnce();
    else this.startOnceAllIsKnown();
  }

  /** Nothing is read or published before both Secrets were seen: the aggregate holds the last-known-good. */
  private startOnceAllIsKnown(): void {
    if (this.registry.view.state === 'unknown' || !this.held.known) return;
    this.started = true;
    this.follow('start');
  }

  private follow(trigger: 'start' | 'cluster-config.changed'): void {
    this.states.align(this.registry.view);
    this.scheduler.restart(() => this.passes.request('interval'));
    this.passes.request(trigger);
    this.publisher.request();
  }
}
