import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { EventEmitter2, EventEmitterReadinessWatcher } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { explanationOf } from '../base/errors/exporter.error.ts';
import type { Explanation } from '../base/errors/explanation.ts';
import { KubeRequestError } from '../kube/failures/kube-request.error.ts';
import { HubClient } from '../kube/hub/hub-client.ts';
import { LeaseClient } from '../kube/objects/lease-client.ts';
import type { LeaseSnapshot } from '../kube/objects/lease-snapshot.ts';
import { ObjectRefs } from '../kube/hub/object-refs.ts';
import type { ObjectWatcher } from '../kube/watching/object-watcher.ts';
import { ObjectWatcherFactory } from '../kube/watching/object-watcher.factory.ts';
import { Leadership, type LeadershipRole, type LeadershipStatus } from './leadership.ts';
import { LeadershipChangedEvent } from './leadership-changed.event.ts';
import { LeaseClaim } from './lease-claim.ts';
import { LeaseTerm, leaseMoment } from './lease-term.ts';
import { LeaseTimes } from './lease-times.ts';
import { Vacancy } from './vacancy.ts';

/** Between two looks at a Lease that was free and then was not. Milliseconds. */
const LONGEST_RACE_PAUSE_MS = 500;

/**
 * Leads while it holds the Lease: watches it until it is free → takes it → renews it until it is lost or we stop. Once we stop,
 * after all that writes has stopped, it releases the Lease.
 */
@Injectable()
export class LeaseElector extends Leadership implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly client: LeaseClient;
  private readonly watcher: ObjectWatcher<LeaseSnapshot>;
  private readonly claim: LeaseClaim;
  private readonly vacancy: Vacancy;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private role: LeadershipRole = 'unknown';
  private since = new Date();
  private holder = '';
  private failure: Explanation | undefined;
  private current: LeaseTerm | undefined;
  /** Of the newest try to take the Lease that may have succeeded. Undefined: this replica does not hold it. */
  private latest: LeaseTerm | undefined;

  constructor(
    hub: HubClient,
    private readonly refs: ObjectRefs,
    watchers: ObjectWatcherFactory,
    private readonly times: LeaseTimes,
    private readonly events: EventEmitter2,
    private readonly eventsReady: EventEmitterReadinessWatcher,
    @InjectPinoLogger(LeaseElector.name) private readonly logger: PinoLogger,
  ) {
    super();
    const identity = `${hostname()}_${randomUUID()}`;
    this.client = new LeaseClient(hub, refs.lease);
    this.watcher = watchers.watcherOf(this.client);
    this.claim = new LeaseClaim(this.client, identity, times);
    this.vacancy = new Vacancy(identity, times.leaseMs);
  }

  override get status(): LeadershipStatus {
    const { role, since, holder, failure } = this;
    const { identity } = this.claim;
    return {
      role,
      since,
      election: {
        lease: this.refs.lease,
        identity,
        holder,
        ...(role !== 'leader' && { watch: this.watcher.status }),
        ...(failure && { failure }),
      },
    };
  }

  override get term(): LeaseTerm | undefined {
    return this.current;
  }

  onApplicationBootstrap(): void {
    this.running = this.eventsReady.waitUntilReady().then(() => this.run(this.stopping.signal));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
    // The status is still served for a while, and this replica leads no more.
    this.role = 'standby';
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const free = await this.untilFree(signal);
        if (signal.aborted) break;
        await this.take(free, signal);
        // If somebody was faster we look again; but a server must not keep us busy with conflicts.
        await pause(LONGEST_RACE_PAUSE_MS * Math.random(), signal);
      } catch (err) {
        this.failure = explanationOf(err, 'Taking the Lease failed unexpectedly.');
        this.logger.warn({ lease: this.refs.lease, err }, 'lease could not be taken, will retry');
        const { retryMs, jitter } = this.times;
        await pause(retryMs * (1 + jitter * Math.random()), signal);
      }
    }
    await this.giveBack();
  }

  /** Resolves with the Lease as it was when it became free; with nothing where there is none. */
  private async untilFree(signal: AbortSignal): Promise<LeaseSnapshot | undefined> {
    const { promise, resolve } = Promise.withResolvers<LeaseSnapshot | undefined>();
    const stop = () => resolve(undefined);
    let timer: NodeJS.Timeout | undefined;
    signal.addEventListener('abort', stop);
    this.watcher.start(({ object: lease }) => {
      clearTimeout(timer);
      const freeInMs = this.vacancy.observe(lease, performance.now());
      if (freeInMs === 0) {
        resolve(lease);
        return;
      }
      timer = setTimeout(() => resolve(lease), freeInMs);
      this.standBy(lease);
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      await this.watcher.stop();
    }
  }

  private standBy(lease: LeaseSnapshot | undefined): void {
    this.holder = lease?.holder ?? '';
    this.failure = undefined;
    // It was taken by another since, so a write of ours that still arrives fails on the version.
    if (lease && this.holder !== '' && this.holder !== this.claim.identity) this.latest = undefined;
    if (this.role === 'standby') return;
    this.logger.info({ lease: this.refs.lease, holder: this.holder }, 'standing by');
    this.become('standby');
  }

  /** Takes the Lease if nobody is faster, and leads for as long as it lasts. */
  private async take(free: LeaseSnapshot | undefined, signal: AbortSignal): Promise<void> {
    // Not ended by the signal: a request that is given up may have acquired the Lease anyway.
    const limit = AbortSignal.timeout(this.times.requestMs);
    const lease = free ?? (await this.client.ensure({ signal: limit }));
    if (this.vacancy.observe(lease, performance.now()) > 0) return;
    const term = new LeaseTerm(leaseMoment(), this.times.renewDeadlineMs);
    this.latest = term;
    try {
      const held = await this.claim.take(lease, limit).catch((error: unknown) => {
        if (wasRefused(error)) this.latest = undefined;
        throw error;
      });
      if (!held) this.latest = undefined;
      else if (!signal.aborted) await this.lead(held, term, signal);
    } finally {
      term.end();
    }
  }

  private async lead(acquired: LeaseSnapshot, term: LeaseTerm, signal: AbortSignal): Promise<void> {
    const { identity } = this.claim;
    this.current = term;
    this.holder = identity;
    this.failure = undefined;
    this.logger.info({ lease: this.refs.lease, identity, transitions: acquired.transitions }, 'leading');
    this.become('leader');

    const ended = AbortSignal.any([signal, term.signal]);
    let held: LeaseSnapshot | undefined = acquired;
    while (held && !ended.aborted) {
      await pause(this.times.retryMs, ended);
      if (!ended.aborted) held = await this.renew(held, term);
    }

    term.end();
    this.current = undefined;
    if (signal.aborted) return;
    this.logger.warn({ lease: this.refs.lease, holder: this.holder }, 'lease lost, no longer leading');
    this.become('unknown');
  }

  /** @returns what to renew next; undefined once the Lease is another's */
  private async renew(held: LeaseSnapshot, term: LeaseTerm): Promise<LeaseSnapshot | undefined> {
    // Given up when we stop, too: giving the Lease back begins with a look at it.
    const limit = AbortSignal.any([
      this.stopping.signal,
      term.signal,
      AbortSignal.timeout(this.times.requestMs),
    ]);
    try {
      const renewed = await this.renewOnce(held, term, limit);
      if (renewed) return renewed;
      // Changed by a hand, by another leader, or by us in a renewal whose answer was lost: then there is no time to lose.
      const { object: lease } = await this.client.list(limit);
      this.holder = lease?.holder ?? '';
      if (!lease || this.holder !== this.claim.identity) return undefined;
      return (await this.renewOnce(lease, term, limit)) ?? lease;
    } catch (err) {
      this.logger.debug({ lease: this.refs.lease, err }, 'lease not renewed, will retry');
      return held;
    }
  }

  private async renewOnce(
    held: LeaseSnapshot,
    term: LeaseTerm,
    limit: AbortSignal,
  ): Promise<LeaseSnapshot | undefined> {
    const at = leaseMoment();
    const renewed = await this.claim.renew(held, limit);
    if (renewed) term.renew(at);
    return renewed;
  }

  /** Also where it is not known whether it is ours: the answer to the newest try may have been lost. */
  private async giveBack(): Promise<void> {
    const { lease } = this.refs;
    if (!this.latest) return;
    if (this.latest.isUncertain) {
      this.logger.warn({ lease }, 'a write had no answer, lease is left to expire');
      return;
    }
    try {
      const wasOurs = await this.claim.giveBack(AbortSignal.timeout(this.times.retryMs));
      if (wasOurs) this.logger.info({ lease }, 'lease released');
    } catch (err) {
      this.logger.warn({ lease, err }, 'lease could not be released, it will expire');
    }
  }

  private become(role: LeadershipRole): void {
    this.role = role;
    this.since = new Date();
    this.events.emit(LeadershipChangedEvent.eventName, new LeadershipChangedEvent());
  }
}

/** Whether the API server did not even look at the write. */
function wasRefused(error: unknown): boolean {
  return (
    error instanceof KubeRequestError && (error.reason === 'forbidden' || error.reason === 'unauthorized')
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
