import { hostname } from 'node:os';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClusterConfigChangedEvent } from '../../cluster-config/cluster-config-changed.event.ts';
import { Settings } from '../../base/config/settings.ts';
import { StatusReporter } from '../../health/status/status.reporter.ts';
import { EventClient } from '../../kube/objects/event-client.ts';
import { HubClient } from '../../kube/hub/hub-client.ts';
import { ObjectRefs } from '../../kube/hub/object-refs.ts';
import { Leadership, type Term } from '../../leader-election/leadership.ts';
import { LeadershipChangedEvent } from '../../leader-election/leadership-changed.event.ts';
import { ClusterStateChangedEvent } from '../../storage-sync/keeping/cluster-state-changed.event.ts';
import { HeldRemovalChangedEvent } from '../../storage-sync/keeping/held-removal-changed.event.ts';
import { PublicationChangedEvent } from '../../storage-sync/publishing/publishing.events.ts';
import { KeepingLoop } from '../../base/time/keeping-loop.ts';
import { withTimeLimit } from '../../base/time/time-limit.ts';
import { type Condition, conditionsOf } from './conditions.ts';
import { EventPace } from './event-pace.ts';
import { toldAfter, type Told, type Transition, transitions } from './transitions.ts';

/** For one Event. Milliseconds. */
const WRITE_TIMEOUT_MS = 5_000;

/**
 * Tells the operator by Events on registry and aggregate what has changed, while this replica leads. It looks at the status as a
 * whole, soon after something changed and never more often than {@link EventPace} says, and tells what differs from what it
 * told before. Nothing waits for it, and an Event that cannot be written now is written at the next look if it is still true.
 */
@Injectable()
export class EventReporter implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly client: EventClient;
  private readonly loop: KeepingLoop;
  private told: Told = new Map();
  /** When the next look may be, on the monotonic clock. */
  private notBeforeMs = 0;
  private failing = false;

  constructor(
    private readonly settings: Settings,
    private readonly pace: EventPace,
    private readonly leadership: Leadership,
    private readonly status: StatusReporter,
    private readonly refs: ObjectRefs,
    hub: HubClient,
    @InjectPinoLogger(EventReporter.name) private readonly logger: PinoLogger,
  ) {
    this.client = new EventClient(hub);
    this.loop = new KeepingLoop({
      attempt: (signal) => this.look(signal),
      notBeforeMs: () => this.notBeforeMs,
      retries: { next: () => pace.gapMs, reset: () => undefined },
    });
  }

  onApplicationBootstrap(): void {
    if (!this.settings.events) return;
    this.loop.start();
    this.onChange();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    this.told = new Map();
    this.onChange();
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  @OnEvent(ClusterStateChangedEvent.eventName)
  @OnEvent(HeldRemovalChangedEvent.eventName)
  @OnEvent(PublicationChangedEvent.eventName)
  onChange(): void {
    this.loop.ask(this.pace.gatherMs);
  }

  /** @returns when to look again without a change. Milliseconds */
  private async look(signal: AbortSignal): Promise<number> {
    const { term } = this.leadership;
    // The next leader starts from nothing, and asks.
    if (!term) return Number.POSITIVE_INFINITY;
    const conditions = conditionsOf(this.status.report());
    const changes = transitions(this.told, conditions);
    if (changes.length > 0) this.notBeforeMs = performance.now() + this.pace.gapMs;
    const untold = new Set<Condition>();
    for (const change of changes) {
      if (await this.write(change, term, signal)) continue;
      for (const condition of change.tells) untold.add(condition);
    }
    if (this.leadership.term === term) this.told = toldAfter(this.told, conditions, untold);
    return untold.size > 0 ? this.pace.gapMs : this.pace.idleMs;
  }

  private async write({ on, event }: Transition, term: Term, signal: AbortSignal): Promise<boolean> {
    const permit = () => term.permit();
    const outer = AbortSignal.any([term.signal, signal]);
    const instance = this.leadership.status.election?.identity ?? hostname();
    try {
      await withTimeLimit(WRITE_TIMEOUT_MS, outer, (limit) =>
        this.client.create(this.refs[on], event, instance, { signal: limit, permit }),
      );
      this.failing = false;
      return true;
    } catch (error) {
      if (!outer.aborted) this.failed(error);
      return false;
    }
  }

  private failed(err: unknown): void {
    if (this.failing) this.logger.debug({ err }, 'Events still cannot be written');
    else this.logger.warn({ err }, 'Events cannot be written, will retry');
    this.failing = true;
  }
}
