import { setTimeout as delay } from 'node:timers/promises';
import { EventEmitter2, type EventEmitterReadinessWatcher } from '@nestjs/event-emitter';
import { PinoLogger } from 'nestjs-pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../../test/sandbox/sandbox-api-server.ts';
import type { KubeObject } from '../../test/support/api-client.ts';
import { eventually } from '../../test/support/eventually.ts';
import { TcpRelay } from '../../test/support/tcp-relay.ts';
import { HubClient } from '../kube/hub/hub-client.ts';
import type { ObjectRefs } from '../kube/hub/object-refs.ts';
import { ObjectWatcherFactory } from '../kube/watching/object-watcher.factory.ts';
import { LeaseElector } from './lease-elector.ts';
import type { LeaseTimes } from './lease-times.ts';
import type { LeadershipRole } from './leadership.ts';
import { LeadershipChangedEvent } from './leadership-changed.event.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
/** In the proportions of production, but fifteen times as fast. */
const QUICK: LeaseTimes = { leaseMs: 1_000, renewDeadlineMs: 667, retryMs: 133, jitter: 1.2, requestMs: 267 };

/** A replica, as far as the election is concerned. */
interface Replica {
  elector: LeaseElector;
  relay: TcpRelay;
  roles: LeadershipRole[];
}

describe('LeaseElector', () => {
  let hub: SandboxApiServer;
  const replicas: Replica[] = [];
  const started: { client: HubClient; relay: TcpRelay }[] = [];
  /** Who led at the same time as somebody else. */
  let overlaps: string[];

  beforeEach(async () => {
    hub = await SandboxApiServer.start('hub');
    overlaps = [];
  });

  afterEach(async () => {
    await Promise.all(replicas.splice(0).map(({ elector }) => elector.beforeApplicationShutdown()));
    for (const { client, relay } of started.splice(0)) await Promise.all([client.close(), relay.stop()]);
    await hub.stop();
    expect(overlaps).toEqual([]);
  });

  const start = async (verbs = ['list', 'watch', 'create', 'patch']): Promise<Replica> => {
    const relay = await TcpRelay.to(hub.url);
    hub.authorizer.addUser('replica', [{ verbs, resource: 'leases', names: ['election'] }]);
    const credentials = {
      tls: { ca: hub.authority.cert },
      headers: { Authorization: 'Bearer replica' },
    };
    const client = new HubClient({
      server: new URL(relay.url),
      connections: 4,
      streamsTakeConnection: false,
      connectTimeoutMs: 250,
      credentials: async () => credentials,
    });
    started.push({ client, relay });
    const logger = new PinoLogger({ pinoHttp: { level: 'silent' } });
    const events = new EventEmitter2();
    const roles: LeadershipRole[] = [];
    const elector = new LeaseElector(
      client,
      { lease: { namespace: 'default', name: 'election' } } as ObjectRefs,
      new ObjectWatcherFactory(logger),
      QUICK,
      events,
      { waitUntilReady: async () => undefined } as EventEmitterReadinessWatcher,
      logger,
    );
    const replica = { elector, relay, roles };
    events.on(LeadershipChangedEvent.eventName, () => {
      roles.push(elector.status.role);
      const leading = replicas.filter((other) => isLeading(other));
      if (leading.length > 1) overlaps.push(leading.map(identityOf).join(' and '));
    });
    replicas.push(replica);
    elector.onApplicationBootstrap();
    return replica;
  };
  const identityOf = ({ elector }: Replica) => elector.status.election?.identity ?? '';
  const isLeading = ({ elector }: Replica) => {
    try {
      elector.term?.permit();
      return elector.term !== undefined;
    } catch {
      return false;
    }
  };
  const untilRole = (replica: Replica, role: LeadershipRole) =>
    eventually(() => expect(replica.elector.status.role).toBe(role), { everyMs: 5 });
  const startLeaderAndStandby = async () => {
    const leader = await start();
    await untilRole(leader, 'leader');
    const standby = await start();
    await untilRole(standby, 'standby');
    return { leader, standby };
  };
  const lease = async () =>
    (await hub.admin.must('GET', `${LEASES}/election`)) as KubeObject & {
      spec: { holderIdentity: string; leaseTransitions: number; renewTime: string };
    };
  const stop = async (replica: Replica) => {
    replicas.splice(replicas.indexOf(replica), 1);
    await replica.elector.beforeApplicationShutdown();
  };

  it('creates the Lease and leads at once where there is none', async () => {
    const replica = await start();

    await untilRole(replica, 'leader');

    expect((await lease()).spec).toMatchObject({
      holderIdentity: identityOf(replica),
      leaseDurationSeconds: 1,
      leaseTransitions: 1,
      renewTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
  });

  it('lets one of many lead that start at the same moment', async () => {
    const many = await Promise.all(Array.from({ length: 6 }, () => start()));

    await eventually(() => {
      const roles = many.map(({ elector }) => elector.status.role).toSorted();
      expect(roles).toEqual(['leader', ...Array.from({ length: 5 }, () => 'standby')]);
    });
  });

  it('renews for as long as it runs', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    const { renewTime } = (await lease()).spec;

    await eventually(async () => expect((await lease()).spec.renewTime > renewTime).toBe(true));
    await delay(2 * QUICK.leaseMs);

    expect([leader.roles, standby.roles]).toEqual([['leader'], ['standby']]);
    expect((await lease()).spec.leaseTransitions).toBe(1);
  });

  it('releases the Lease when it stops, and the next one leads at once', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    const stoppedAt = performance.now();

    await stop(leader);
    await untilRole(standby, 'leader');

    expect(performance.now() - stoppedAt).toBeLessThan(QUICK.leaseMs / 2);
    expect((await lease()).spec).toMatchObject({
      holderIdentity: identityOf(standby),
      leaseTransitions: 2,
    });
  });

  it('stops leading before the Lease is over when it is cut off from the hub, and only then another leads', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    const { term } = leader.elector;
    const cutAt = performance.now();
    leader.relay.cut();

    await eventually(() => expect(term?.signal.aborted).toBe(true), { everyMs: 5 });
    expect(performance.now() - cutAt).toBeLessThan(QUICK.leaseMs);
    expect(isLeading(standby)).toBe(false);
    await untilRole(standby, 'leader');
    leader.relay.restore();

    await untilRole(leader, 'standby');
    expect(leader.roles).toEqual(['leader', 'unknown', 'standby']);
  });

  it('leads again, in another term, when it was cut off and nobody else took over', async () => {
    const leader = await start();
    await untilRole(leader, 'leader');
    const { term } = leader.elector;
    leader.relay.cut();
    await eventually(() => expect(term?.signal.aborted).toBe(true));
    leader.relay.restore();

    await untilRole(leader, 'leader');

    expect(leader.elector.term).not.toBe(term);
  });

  it('keeps leading when the answer to a renewal is lost', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    hub.faults.inject({ kind: 'drop-answer' }, { when: ({ method }) => method === 'PATCH', times: 1 });

    await delay(QUICK.leaseMs);

    expect([leader.roles, standby.roles]).toEqual([['leader'], ['standby']]);
  });

  it('keeps leading when the answer to a renewal does not come in time', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    hub.faults.inject({ kind: 'hang-answer' }, { when: ({ method }) => method === 'PATCH', times: 1 });

    await delay(2 * QUICK.leaseMs);

    expect([leader.roles, standby.roles]).toEqual([['leader'], ['standby']]);
  });

  it('gives back a Lease of which it does not know that it is its own', async () => {
    hub.faults.inject({ kind: 'drop-answer' }, { when: ({ method }) => method === 'PATCH' });
    const replica = await start();
    await eventually(async () => expect((await lease()).spec.holderIdentity).toBe(identityOf(replica)));
    expect(replica.elector.status.role).toBe('unknown');

    await stop(replica);

    expect((await lease()).spec.holderIdentity).toBe('');
  });

  it('leaves the Lease alone when it stops and another replica holds it', async () => {
    const { leader } = await startLeaderAndStandby();
    await hub.admin.must('PATCH', `${LEASES}/election`, {
      body: { spec: { holderIdentity: 'a-hand' } },
      contentType: 'application/merge-patch+json',
    });
    await untilRole(leader, 'standby');
    hub.requests.length = 0;

    await stop(leader);

    expect(hub.requests).toEqual([]);
  });

  it('leaves the Lease alone when it stops and was never allowed to take it', async () => {
    const first = await start();
    await untilRole(first, 'leader');
    await stop(first);
    const replica = await start(['list', 'watch']);
    await eventually(() => expect(replica.elector.status.election?.failure?.message).toContain('403'));
    hub.requests.length = 0;

    await stop(replica);

    expect(hub.requests).toEqual([]);
  });

  it('shows no watch of the Lease in its status while it leads, and no leadership once it has stopped', async () => {
    const { leader, standby } = await startLeaderAndStandby();

    expect(leader.elector.status.election).not.toHaveProperty('watch');
    await eventually(() => expect(standby.elector.status.election?.watch).toMatchObject({ connected: true }));
    await stop(leader);

    expect(leader.elector.status.role).toBe('standby');
  });

  it('leaves the Lease to expire when a write of its own had no answer', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    leader.elector.term?.writeMayStillArrive();

    await stop(leader);
    expect((await lease()).spec.holderIdentity).toBe(identityOf(leader));

    await untilRole(standby, 'leader');
  });

  it('is not taken for gone when somebody shortens its Lease', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    await hub.admin.must('PATCH', `${LEASES}/election`, {
      body: { spec: { leaseDurationSeconds: -1 } },
      contentType: 'application/merge-patch+json',
    });

    await eventually(async () => expect((await lease()).spec).toMatchObject({ leaseDurationSeconds: 1 }));
    expect([leader.roles, standby.roles]).toEqual([['leader'], ['standby']]);
  });

  it('leads although the answer to its acquisition was lost', async () => {
    hub.faults.inject({ kind: 'drop-answer' }, { when: ({ method }) => method === 'PATCH', times: 2 });
    const replica = await start();

    await untilRole(replica, 'leader');
  });

  it('keeps leading when somebody labels the Lease', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    await hub.admin.must('PATCH', `${LEASES}/election`, {
      body: { metadata: { labels: { a: 'b' } } },
      contentType: 'application/merge-patch+json',
    });

    await delay(QUICK.leaseMs);

    expect([leader.roles, standby.roles]).toEqual([['leader'], ['standby']]);
  });

  it('stops at once when somebody gives the Lease to another', async () => {
    const { leader } = await startLeaderAndStandby();
    await hub.admin.must('PATCH', `${LEASES}/election`, {
      body: { spec: { holderIdentity: 'a-hand' } },
      contentType: 'application/merge-patch+json',
    });

    await eventually(() => expect(leader.roles).toContain('unknown'), { timeoutMs: QUICK.renewDeadlineMs });
  });

  it('lets one lead again when somebody deletes the Lease', async () => {
    const { leader, standby } = await startLeaderAndStandby();
    await hub.admin.must('DELETE', `${LEASES}/election`);

    await eventually(() => expect(leader.roles.length + standby.roles.length).toBeGreaterThan(2));
    await eventually(() => {
      const roles = [leader, standby].map(({ elector }) => elector.status.role).toSorted();
      expect(roles).toEqual(['leader', 'standby']);
    });
  });

  it('tries again while the hub refuses', async () => {
    const lift = hub.faults.inject({ kind: 'status', status: 500 });
    const replica = await start();
    await eventually(() =>
      expect(replica.elector.status.election?.watch?.failure).toMatchObject({ reason: 'server_error' }),
    );
    expect(replica.elector.status.role).toBe('unknown');
    lift();

    await untilRole(replica, 'leader');
  });

  it('says why it could not take the Lease, until it has it or another does', async () => {
    const refuse = () =>
      hub.faults.inject({ kind: 'status', status: 503 }, { when: ({ method }) => method === 'PATCH' });
    const failureOf = ({ elector }: Replica) => elector.status.election?.failure?.message;
    const lift = refuse();
    const [first, second] = [await start(), await start()];
    for (const replica of [first, second])
      await eventually(() => expect(failureOf(replica)).toContain('503'));
    lift();

    await eventually(() => {
      const roles = [first, second].map(({ elector }) => elector.status.role).toSorted();
      expect(roles).toEqual(['leader', 'standby']);
    });
    expect([first, second].map(failureOf)).toEqual([undefined, undefined]);
  });

  it('is not kept busy by a hub that answers every write with a conflict', async () => {
    const first = await start();
    await untilRole(first, 'leader');
    await stop(first);
    hub.requests.length = 0;
    hub.faults.inject(
      { kind: 'status', status: 409, body: '{"kind":"Status","reason":"Conflict","code":409}' },
      { when: ({ method }) => method === 'PATCH' },
    );
    await start();
    await delay(1_000);

    expect(hub.requests.filter((request) => request.startsWith('PATCH')).length).toBeLessThan(20);
    hub.faults.clear();
  });
});
