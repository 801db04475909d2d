import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { LeaseEditor } from '../support/lease-editor.ts';
import { ServiceRig } from './service-rig.ts';

describe('the service, one of several replicas', () => {
  let rig: ServiceRig;
  let lease: LeaseEditor;

  beforeEach(async () => {
    rig = await ServiceRig.start();
    lease = new LeaseEditor(rig.hub.admin, 'multi-cluster-config-exporter');
    await rig.registry.create({ east: rig.entry() });
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = async () => await rig.startService({ MCCE_LEADER_ELECTION: 'true' });
  const expectRole = (role: string) =>
    eventually(async () =>
      expect(await (await rig.get('/api/v1/status')).json()).toMatchObject({ leadership: { role } }),
    );
  const statusOf = async (path: string) => (await rig.get(path)).status;

  it('is ready and well while it stands by, and touches no cluster and no aggregate', async () => {
    await lease.give('another');
    await start();
    await expectRole('standby');

    expect(await Promise.all(['/livez', '/readyz', '/health'].map(statusOf))).toEqual([200, 200, 200]);
    expect(rig.readsOfSource()).toBe(0);
    expect(rig.hub.requests.filter((request) => request.startsWith('PATCH'))).toEqual([]);
    expect(await rig.aggregate.read()).toBeUndefined();
  });

  it('begins once the Lease is given back, and stays ready', async () => {
    await lease.give('another');
    await start();
    await expectRole('standby');

    await lease.edit({ holderIdentity: '' });

    await expectRole('leader');
    expect(await statusOf('/readyz')).toBe(200);
    await rig.expectPublished('one');
  });

  it('rests once it has lost the Lease, and knows what changed meanwhile when it leads again', async () => {
    await start();
    await rig.expectPublished('one');
    await lease.edit({ holderIdentity: 'another', leaseTransitions: 2 });
    await expectRole('standby');
    const reads = rig.readsOfSource();
    const writtenByAnother = JSON.stringify({ postgres: Buffer.from('by another').toString('base64') });
    await rig.aggregate.edit({ east: writtenByAnother });
    await rig.east.refuse();

    await lease.edit({ holderIdentity: '' });

    await expectRole('leader');
    await eventually(async () =>
      expect(await (await rig.get('/api/v1/status')).json()).toMatchObject({
        clusters: [{ name: 'east', state: 'stale', reason: 'connect', published: true }],
      }),
    );
    // What the other leader published is the last-known-good now, not what we knew.
    expect((await rig.aggregate.data()).get('east')).toBe(writtenByAnother);
    expect(rig.readsOfSource()).toBe(reads);
  });

  it('begins without an election also where the hub does not tell who holds the Lease', async () => {
    rig.hub.faults.inject({ kind: 'status', status: 500 }, { when: ({ path }) => path.includes('/leases') });
    await rig.startService();

    await eventually(async () => expect((await rig.aggregate.data()).size).toBe(1), { timeoutMs: 20_000 });
  });

  it('gives the Lease back when it stops', async () => {
    const service = await start();
    await expectRole('leader');

    await service.close();

    expect(await lease.spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  });
});
