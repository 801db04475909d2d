import { hostname } from 'node:os';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClusterConfigChangedEvent } from '../cluster-config/cluster-config-changed.event.ts';
import { Settings } from '../config/settings.ts';
import { StatusReporter } from '../health/status.reporter.ts';
import { EventClient } from '../kube/event-client.ts';
import { HubClient } from '../kube/hub-client.ts';
import { ObjectRefs } from '../kube/object-refs.ts';
import { withTimeLimit } from '../kube/time-limit.ts';
import { Leadership, type Term } from '../leader-election/leadership.ts';
import { LeadershipChangedEvent } from '../leader-election/leadership-changed.event.ts';
import { ClusterStateChangedEvent, PublicationChangedEvent } from '../storage-sync/storage-sync.events.ts';
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
export class EventReporter implements OnModuleDestroy {
  private readonly client: EventClient;
  private told: Told = new Map();
  /** When the next look may be, on the monotonic clock. */
  private notBeforeMs = 0;
  private next: { timer: NodeJS.Timeout; atMs: number } | undefined;
  private looking: Promise<void> | undefined;
  private failing = false;
  private readonly stopping = new AbortController();

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
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.next?.timer);
    await this.looking;
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    this.told = new Map();
    this.onChange();
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  @OnEvent(ClusterStateChangedEvent.eventName)
  @OnEvent(PublicationChangedEvent.eventName)
  onChange(): void {
    this.lookIn(this.pace.gatherMs);
  }

  /** Has it look after this time, or when the pace allows it; a look that comes earlier will do. */
  private lookIn(delayMs: number): void {
    if (!this.settings.events || this.stopping.signal.aborted) return;
    const atMs = Math.max(performance.now() + delayMs, this.notBeforeMs);
    if (this.next && this.next.atMs <= atMs) return;
    clearTimeout(this.next?.timer);
    const timer = setTimeout(() => this.look(), atMs - performance.now()).unref();
    this.next = { timer, atMs };
  }

  private look(): void {
    this.next = undefined;
    const { term } = this.leadership;
    // Whoever leads next begins anew.
    if (!term) return;
    if (this.looking) {
      this.lookIn(this.pace.gatherMs);
      return;
    }
    this.looking = this.tell(term).finally(() => {
      this.looking = undefined;
      this.lookIn(this.pace.idleMs);
    });
  }

  private async tell(term: Term): Promise<void> {
    const conditions = conditionsOf(this.status.report(), Date.now());
    const changes = transitions(this.told, conditions);
    if (changes.length > 0) this.notBeforeMs = performance.now() + this.pace.gapMs;
    const untold = new Set<Condition>();
    for (const change of changes) {
      if (await this.write(change, term)) continue;
      for (const condition of change.tells) untold.add(condition);
    }
    if (this.leadership.term !== term) return;
    this.told = toldAfter(this.told, conditions, untold);
    if (untold.size > 0) this.lookIn(this.pace.gapMs);
  }

  private async write({ on, event }: Transition, term: Term): Promise<boolean> {
    const permit = () => term.permit();
    const outer = AbortSignal.any([term.signal, this.stopping.signal]);
    const instance = this.leadership.status.election?.identity ?? hostname();
    try {
      await withTimeLimit(WRITE_TIMEOUT_MS, outer, (signal) =>
        this.client.create(this.refs[on], event, instance, { signal, permit }),
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
