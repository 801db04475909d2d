import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import { Fleet } from './fleet.ts';
import { termsOf, writesOf, writesOutsideOfTerms } from './terms.ts';

const AGGREGATE = 'multi-storage-config';
const NAMES = ['replica-0', 'replica-1'];

/** One of two exporters, with a way to the hub of its own. */
interface Replica {
  user: string;
  exporter: ExporterProcess;
  relay: TcpRelay;
}

describe('two replicas', () => {
  let fleet: Fleet;
  let replicas: Replica[] = [];
  let changing: NodeJS.Timeout | undefined;
  let revision: number;

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west']);
  });

  afterEach(async () => {
    clearInterval(changing);
    try {
      await expectOneWriterAtATime();
    } finally {
      await fleet.reset();
      await Promise.all(replicas.map(({ relay }) => relay.stop()));
    }
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  /** The proof of every test: what the API server itself noted of Lease and aggregate. */
  const expectOneWriterAtATime = async () => {
    // The object first: whoever writes it afterwards is in the log as well.
    const aggregate = await fleet.aggregate.read();
    const ours = aggregate?.metadata?.managedFields?.filter(
      ({ manager }) => manager === 'multi-cluster-config-exporter',
    );
    const written = (ours ?? [])
      .map(({ time = '' }) => time)
      .toSorted()
      .at(-1);
    // The newest write that the object itself tells of is one that the audit log has: none went past it. A write is noted once it was
    // answered, and takes as long as the hub is frozen; managedFields tell whole seconds.
    const at = Date.parse(written ?? '');
    const events = await eventually(async () => {
      const noted = await fleet.hub.auditLog();
      const holds = writesOf(noted, AGGREGATE).some(
        ({ from, until }) => at >= Date.parse(from) - 1_000 && at <= Date.parse(until) + 1_000,
      );
      expect({ written, holds }).toEqual({ written, holds: true });
      return noted;
    });
    expect(writesOutsideOfTerms(events, AGGREGATE)).toEqual([]);
    // It saw what it judges: several terms, and writes of each leader.
    const writers = new Set(writesOf(events, AGGREGATE).map(({ user }) => user));
    expect([...new Set(termsOf(events).map(({ user }) => user))].toSorted()).toEqual([...writers].toSorted());
  };
  /** Both replicas run; the source of east changes twice a second, so that there is always something to write. */
  const start = async () => {
    revision = 0;
    await fleet.source('east').create({ revision: '0' });
    await fleet.source('west').create({ revision: 'west' });
    await fleet.registry.create({ east: await fleet.entry('east'), west: await fleet.entry('west') });
    replicas = await Promise.all(
      NAMES.map(async (name) => {
        const relay = await TcpRelay.to(fleet.hub.url);
        const token = await fleet.replicaToken(name);
        const exporter = await fleet.startExporter(
          { MCCE_LEADER_ELECTION: 'true' },
          { token, server: relay.url },
        );
        return { user: `system:serviceaccount:default:${name}`, exporter, relay };
      }),
    );
    await Promise.all(replicas.map(({ exporter }) => exporter.waitUntilReady()));
    changing = setInterval(() => void fleet.source('east').edit({ revision: String(++revision) }), 500);
    await expectProgress();
    const roles = await Promise.all(replicas.map(({ exporter }) => roleOf(exporter)));
    expect(roles.toSorted()).toEqual(['leader', 'standby']);
    const [leader, standby] = roles[0] === 'leader' ? replicas : replicas.toReversed();
    if (!leader || !standby) throw new Error('there are two replicas');
    return { leader, standby };
  };
  const roleOf = async (exporter: ExporterProcess) => (await exporter.status()).leadership.role;
  /** The newest revision that the aggregate holds. */
  const published = async () => {
    const { revision: value = '' } = JSON.parse((await fleet.aggregate.data()).get('east') ?? '{}') as {
      revision?: string;
    };
    return Number(Buffer.from(value, 'base64').toString());
  };
  /** Something that the source did not hold before gets published. */
  const expectProgress = async (timeoutMs = 10_000) => {
    const before = revision;
    await eventually(async () => expect(await published()).toBeGreaterThan(before), { timeoutMs });
  };
  const leadsWithin = async (replica: Replica, seconds: number) => {
    const since = performance.now();
    const identity = (await replica.exporter.status()).leadership.election?.identity;
    await eventually(async () => expect((await fleet.lease.spec()).holderIdentity).toBe(identity), {
      timeoutMs: 30_000,
    });
    expect((performance.now() - since) / 1_000).toBeLessThan(seconds);
    await expectProgress();
  };
  const writesBy = async ({ user }: Replica) =>
    writesOf(await fleet.hub.auditLog(), AGGREGATE).filter((write) => write.user === user).length;

  it('one leads and publishes, the other is ready and reads nothing', async () => {
    const { leader, standby } = await start();

    const { leadership, clusters, aggregate } = await standby.exporter.status();
    expect(leadership).toMatchObject({
      role: 'standby',
      election: { holder: (await leader.exporter.status()).leadership.election?.identity },
    });
    expect([clusters, aggregate.state]).toEqual([[], 'waiting']);
    expect((await standby.exporter.get('/readyz')).status).toBe(200);
    expect((await standby.exporter.get('/health')).status).toBe(200);
    expect(standby.exporter.log.map(({ message }) => message)).not.toContain('source read');
    expect((await leader.exporter.status()).counts.synced).toBe(2);
    expect(await writesBy(standby)).toBe(0);
  });

  it('a leader that stops is replaced within 3 s', async () => {
    const { leader, standby } = await start();

    const stopping = leader.exporter.stop('SIGTERM');
    await leadsWithin(standby, 3);

    expect(await stopping).toBe(0);
  });

  it('a leader that stops while the hub is frozen ends within 10 s all the same', async () => {
    const { leader } = await start();
    fleet.hub.pause();
    try {
      await delay(700);
      const stoppedAt = performance.now();

      await leader.exporter.stop('SIGTERM');

      expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    } finally {
      fleet.hub.resume();
    }
  });

  it('a leader that is killed is replaced within 17 s', async () => {
    const { leader, standby } = await start();

    await leader.exporter.stop('SIGKILL');

    await leadsWithin(standby, 17);
  });

  it('a leader that is paused until it has lost the Lease does not write when it goes on', async () => {
    const { leader, standby } = await start();
    leader.exporter.signal('SIGSTOP');
    await leadsWithin(standby, 17);
    const before = await writesBy(leader);

    leader.exporter.signal('SIGCONT');

    await eventually(async () => expect(await roleOf(leader.exporter)).toBe('standby'));
    await expectProgress();
    expect(await writesBy(leader)).toBe(before);
    expect(await roleOf(standby.exporter)).toBe('leader');
  });

  it('a leader that is paused for longer than its renewal counts, and less than the Lease, renews before it writes', async () => {
    const { leader, standby } = await start();
    const before = (await fleet.lease.spec()).renewTime ?? '';
    leader.exporter.signal('SIGSTOP');
    await delay(12_000);

    leader.exporter.signal('SIGCONT');

    await expectProgress();
    expect(((await fleet.lease.spec()).renewTime ?? '') > before).toBe(true);
    expect((await Promise.all([leader, standby].map(({ exporter }) => roleOf(exporter)))).toSorted()).toEqual(
      ['leader', 'standby'],
    );
  });

  it('a leader that alone cannot reach the hub stops writing, stays live, and stands by once it can', async () => {
    const { leader, standby } = await start();
    leader.relay.cut();
    await leadsWithin(standby, 17);
    expect((await leader.exporter.get('/livez')).status).toBe(200);
    expect(await roleOf(leader.exporter)).toBe('unknown');

    leader.relay.restore();

    await eventually(async () => expect(await roleOf(leader.exporter)).toBe('standby'), {
      timeoutMs: 20_000,
    });
    await expectProgress();
  });

  it('lose no key of a cluster that is down while the leadership changes', async () => {
    const { leader, standby } = await start();
    const before = (await fleet.aggregate.data()).get('west');
    await fleet.cluster('west').kill();
    try {
      await eventually(async () =>
        expect(await leader.exporter.cluster('west')).toMatchObject({ state: 'stale' }),
      );
      await leader.exporter.stop('SIGTERM');
      await leadsWithin(standby, 3);
      await eventually(async () =>
        expect(await standby.exporter.cluster('west')).toMatchObject({ state: 'stale', published: true }),
      );

      expect((await fleet.aggregate.data()).get('west')).toBe(before);
    } finally {
      await fleet.cluster('west').start();
    }
  });

  it('take turns, again and again', async () => {
    const { leader, standby } = await start();
    let [leading, waiting] = [leader, standby];
    for (let turn = 0; turn < 3; turn++) {
      await leading.exporter.stop('SIGTERM');
      await leadsWithin(waiting, 3);
      const server = leading.relay.url;
      const token = await fleet.replicaToken(leading.user.split(':').at(-1) ?? '');
      leading.exporter = await fleet.startExporter({ MCCE_LEADER_ELECTION: 'true' }, { token, server });
      await leading.exporter.waitUntilReady();
      [leading, waiting] = [waiting, leading];
    }
    await delay(1_000);

    expect(await roleOf(leading.exporter)).toBe('leader');
  });
});
