import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Cluster } from '../../cluster-config/cluster.ts';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import { Settings } from '../../base/config/settings.ts';
import { ChosenPorts } from '../chosen-ports.ts';
import { ClusterStates } from '../keeping/cluster-states.ts';
import { ContentPipeline } from '../keeping/content-pipeline.ts';
import type { Observation } from '../keeping/observation.ts';
import { type ReadTrigger, SourceReadEvent, type SyncTrigger } from './reading.events.ts';
import { SourceFollower, type FollowerContext, type SourceWatchStatus } from './source-follower.ts';
import type { ReadResult } from './source-reader.ts';
import { type Lane, WorkSlots } from './work-slots.ts';

/**
 * One follower for each cluster. A cluster whose entry goes, or changes, takes its follower along: what comes in its place is another
 * cluster, with a follower of its own.
 */
@Injectable()
export class Followers {
  private readonly followers = new Map<Cluster, SourceFollower>();
  private readonly context: FollowerContext;
  private stopping = new AbortController();

  constructor(
    settings: Settings,
    ports: ChosenPorts,
    private readonly registry: ClusterRegistry,
    private readonly states: ClusterStates,
    private readonly pipeline: ContentPipeline,
    private readonly events: EventEmitter2,
    @InjectPinoLogger(Followers.name) private readonly logger: PinoLogger,
  ) {
    const { readTimeoutMs, syncIntervalMs, watchSources, readConcurrency } = settings;
    this.context = {
      get reader() {
        return ports.reader;
      },
      readTimeoutMs,
      syncIntervalMs,
      watchSources,
      logger,
      readSlots: new WorkSlots(readConcurrency),
      openSlots: new WorkSlots(readConcurrency),
      take: (...args) => this.take(...args),
      confirm: ({ name }) => states.confirm(name),
      // The credentials may have been renewed a moment ago; then the registry tells, and this cluster is another one.
      refused: () => void registry.refresh(),
    };
    pipeline.onReconsider((cluster, observation) => states.reconsider(cluster, observation));
  }

  /** Undefined: watching was not tried yet, or is switched off. */
  statusOf(cluster: Cluster): Readonly<SourceWatchStatus> | undefined {
    return this.followers.get(cluster)?.status;
  }

  /** UID of a cluster's source, as it was last read. Undefined: not known. */
  sourceUidOf(cluster: Cluster): string | undefined {
    return this.followers.get(cluster)?.sourceUid;
  }

  /** Lets followers be made. To be called once {@link stop} has resolved. */
  start(): void {
    this.stopping = new AbortController();
  }

  /**
   * Follows every cluster of the registry that is not followed yet.
   *
   * @returns their first readings; each resolves when it has ended
   */
  followNew(trigger: SyncTrigger): Promise<unknown>[] {
    if (this.stopping.signal.aborted) return [];
    const added = [...this.registry.view.clusters.values()].filter((cluster) => !this.followers.has(cluster));
    // Clusters that are near to each other have names that are, and go down together.
    return shuffled(added).map((cluster) => this.follow(cluster, trigger));
  }

  /**
   * Has the sources read that are polled.
   *
   * @returns these readings; each resolves when it has ended
   */
  ask(trigger: SyncTrigger): Promise<unknown>[] {
    return [...this.followers.values()].flatMap((follower) => follower.ask(trigger) ?? []);
  }

  /** Gives up everything under way and resolves when nothing is left. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.followers.values()].map((follower) => follower.ended()));
    this.followers.clear();
  }

  private async follow(cluster: Cluster, trigger: SyncTrigger): Promise<void> {
    const signal = AbortSignal.any([cluster.signal, this.stopping.signal]);
    const follower = new SourceFollower(cluster, this.context, signal);
    this.followers.set(cluster, follower);
    signal.addEventListener('abort', () => void this.forget(cluster, follower), { once: true });
    await follower.start(trigger, this.laneOf(cluster, trigger));
  }

  private async forget(cluster: Cluster, follower: SourceFollower): Promise<void> {
    await follower.ended();
    if (this.followers.get(cluster) === follower) this.followers.delete(cluster);
  }

  /** A cluster that was down before we started comes last: most likely it still is. Unless somebody has changed its entry. */
  private laneOf({ name }: Cluster, trigger: SyncTrigger): Lane {
    if (trigger === 'cluster-config.changed') return 'fresh';
    return this.states.all.get(name)?.remembered ? 'retry' : 'usual';
  }

  private take(
    { name }: Cluster,
    result: ReadResult,
    trigger: ReadTrigger,
    durationMs: number | undefined,
  ): Observation {
    const observation = result.reason === 'ok' ? this.pipeline.observe(name, result.data) : result;
    const { reason } = observation;
    this.logger.debug(
      { cluster: name, reason, trigger, ...(durationMs !== undefined && { durationMs }) },
      'source read',
    );
    this.states.record(name, observation);
    this.events.emit(SourceReadEvent.eventName, new SourceReadEvent(name, reason, trigger, durationMs));
    return observation;
  }
}

/** In random order. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const keyed = items.map((item) => ({ item, key: Math.random() }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}
