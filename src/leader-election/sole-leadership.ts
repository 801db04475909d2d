import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventEmitter2, EventEmitterReadinessWatcher } from '@nestjs/event-emitter';
import { setTimeout as delay } from 'node:timers/promises';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { HubClient } from '../kube/hub/hub-client.ts';
import { KubeRequestError } from '../kube/failures/kube-request.error.ts';
import { LeaseClient } from '../kube/objects/lease-client.ts';
import type { LeaseSnapshot } from '../kube/objects/lease-snapshot.ts';
import { ObjectRefs } from '../kube/hub/object-refs.ts';
import { Backoff, HUB_BACKOFF } from '../base/time/backoff.ts';
import { withTimeLimit } from '../base/time/time-limit.ts';
import { Leadership, type LeadershipRole, type LeadershipStatus, type Term } from './leadership.ts';
import { LeadershipChangedEvent } from './leadership-changed.event.ts';
import { LeaseHeldError } from './lease-held.error.ts';
import { LeaseTimes } from './lease-times.ts';

/** How long a hub that answers, but not to this, is asked for the Lease. Milliseconds. */
const LOOK_FOR_MS = 10_000;

/**
 * Without an election there is one replica, and it leads for as long as it runs. Whether there is another exporter that holds the Lease it
 * looks once: two that write the same aggregate would undo each other's work.
 */
@Injectable()
export class SoleLeadership extends Leadership implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private role: LeadershipRole = 'unknown';
  private since = new Date();
  private current: Term | undefined;

  constructor(
    private readonly hub: HubClient,
    private readonly refs: ObjectRefs,
    private readonly times: LeaseTimes,
    private readonly events: EventEmitter2,
    private readonly eventsReady: EventEmitterReadinessWatcher,
    @InjectPinoLogger(SoleLeadership.name) private readonly logger: PinoLogger,
  ) {
    super();
  }

  override get status(): LeadershipStatus {
    return { role: this.role, since: this.since };
  }

  override get term(): Term | undefined {
    return this.current;
  }

  onApplicationBootstrap(): void {
    // A Lease that is held ends the process: nobody handles that rejection.
    void this.begin();
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  private async begin(): Promise<void> {
    await this.eventsReady.waitUntilReady();
    const lease = await this.lookAtLease();
    if (this.stopping.signal.aborted) return;
    if (lease && this.isAlive(lease)) throw new LeaseHeldError(this.refs.lease, lease.holder);
    this.role = 'leader';
    this.since = new Date();
    this.current = {
      signal: new AbortController().signal,
      permit: () => undefined,
      writeMayStillArrive: () => undefined,
    };
    this.events.emit(LeadershipChangedEvent.eventName, new LeadershipChangedEvent());
  }

  /** @returns undefined where there is none, or where the hub lets nobody look: without an election that is no duty */
  private async lookAtLease(): Promise<LeaseSnapshot | undefined> {
    const client = new LeaseClient(this.hub, this.refs.lease);
    const { signal } = this.stopping;
    const backoff = new Backoff(HUB_BACKOFF);
    const until = performance.now() + LOOK_FOR_MS;
    while (!signal.aborted) {
      try {
        return (await withTimeLimit(this.times.requestMs, signal, (limit) => client.list(limit))).object;
      } catch (error) {
        const { reason, status } = error as KubeRequestError;
        if (reason === 'forbidden' || reason === 'not_found') return undefined;
        const log = { lease: this.refs.lease, err: error };
        if (status !== undefined && performance.now() > until) {
          this.logger.warn(
            log,
            'lease cannot be looked at, so it is not known whether another exporter leads',
          );
          return undefined;
        }
        this.logger.debug(log, 'lease cannot be looked at, will retry');
        await delay(backoff.next(), undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  /** By the clocks of two machines, so that where they differ much it may be wrong; who is wrong then is noticed as a rival. */
  private isAlive({ holder, renewTime }: LeaseSnapshot): boolean {
    return holder !== '' && Date.parse(renewTime) + this.times.leaseMs > Date.now();
  }
}
