import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { FaultRig, valueOf } from './fault-rig.ts';

describe('the hub', () => {
  let rig: FaultRig | undefined;

  afterEach(async () => {
    await rig?.stop();
  });

  const start = async (names: readonly string[] = ['east', 'west']) => {
    const started = await FaultRig.start(names);
    rig = started;
    const exporter = await started.startExporter();
    await exporter.waitUntilReady();
    await expectPublished(started, Object.fromEntries(names.map((name) => [name, `${name} 1`])));
    return { rig: started, exporter };
  };
  const expectPublished = (of: FaultRig, expected: Record<string, string>, timeoutMs = 10_000) =>
    eventually(
      async () => {
        const values = Object.entries(expected).map(([name, text]) => [name, valueOf(text)]);
        expect(Object.fromEntries(await of.aggregate.data())).toEqual(Object.fromEntries(values));
      },
      { timeoutMs },
    );

  it('that is away for a while finds everything that changed meanwhile, and no key lost', async () => {
    const { rig: running, exporter } = await start();
    await running.hub.refuse();
    running.cluster('east').editSecret('storage-config', { opensearch: 'east 2' });
    await eventually(async () => expect((await exporter.status()).aggregate.watch.connected).toBe(false));
    await delay(3_000);
    await running.hub.listen();

    await expectPublished(running, { east: 'east 2', west: 'west 1' });
    expect(running.valuesOf('west')).toEqual([valueOf('west 1')]);
    expect(running.valuesOf('east')).toEqual([valueOf('east 1'), valueOf('east 2')]);
  });

  it('that answers every write with a conflict is written to once it stops', async () => {
    const { rig: running, exporter } = await start();
    const lift = running.hub.faults.inject(
      { kind: 'status', status: 409, body: '{"kind":"Status","reason":"Conflict","code":409}' },
      { when: ({ method }) => method === 'PATCH' },
    );
    running.cluster('east').editSecret('storage-config', { opensearch: 'east 2' });
    await eventually(async () => expect((await exporter.status()).aggregate.state).toBe('failing'));
    lift();

    await expectPublished(running, { east: 'east 2', west: 'west 1' });
    await eventually(async () => expect((await exporter.status()).aggregate.state).toBe('published'));
  });

  it('that forbids writes is named as the fault, and written to once it allows them', async () => {
    const { rig: running, exporter } = await start();
    running.allowExporter(['list', 'watch']);
    running.cluster('east').editSecret('storage-config', { opensearch: 'east 2' });
    await eventually(async () => {
      expect((await exporter.status()).aggregate).toMatchObject({
        state: 'failing',
        message: expect.stringContaining('permission'),
      });
    });
    expect((await exporter.get('/livez')).status).toBe(200);
    running.allowExporter();

    await expectPublished(running, { east: 'east 2', west: 'west 1' });
  });

  it('that others write to as well loses neither their labels nor our keys', async () => {
    const { rig: running } = await start();
    for (let revision = 2; revision <= 12; revision++) {
      running.cluster('east').editSecret('storage-config', { opensearch: `east ${revision}` });
      await running.aggregate.patch({
        metadata: { labels: { [`label-${revision}`]: 'theirs' } },
        data: { junk: 'eA==' },
      });
      await delay(100);
    }

    await expectPublished(running, { east: 'east 12', west: 'west 1' });
    const labels = Object.keys((await running.aggregate.read())?.metadata?.labels ?? {});
    expect(labels.filter((label) => label.startsWith('label-'))).toHaveLength(11);
  });

  it('with a registry that flaps ten times a second ends where the registry ends, and loses no other key', async () => {
    const { rig: running, exporter } = await start();
    for (let count = 0; count < 30; count++) {
      await running.registry.edit({
        east: running.entry('east'),
        ...(count % 2 === 0 ? { new: '{' } : { new: null }),
      });
      await delay(100);
    }
    running.cluster('east').editSecret('storage-config', { opensearch: 'east 2' });

    await expectPublished(running, { east: 'east 2', west: 'west 1' });
    expect(running.valuesOf('west')).toEqual([valueOf('west 1')]);
    expect(running.valuesOf('east')).toEqual([valueOf('east 1'), valueOf('east 2')]);
    expect((await exporter.status()).registry.entries).toBe(2);
    // One connection for the entry that counts, one of the test itself.
    await eventually(() => expect(running.cluster('east').connections).toBeLessThanOrEqual(2));
  });

  it('with a thousand entries of which a tenth is bad publishes the good ones', async () => {
    const { rig: running, exporter } = await start(['east']);
    const entry = running.entry('east');
    const many = Array.from({ length: 999 }, (_, index) => [
      `c${index}`,
      index % 10 === 0 ? '{"host":1}' : entry,
    ]);
    await running.registry.edit(Object.fromEntries(many));

    await eventually(
      async () => expect((await exporter.status()).counts).toMatchObject({ synced: 900, rejected: 100 }),
      { timeoutMs: 30_000 },
    );
    await eventually(async () => expect((await running.aggregate.data()).size).toBe(900));
  });

  it('keeps every key while every cluster is down at once', async () => {
    const { rig: running, exporter } = await start();
    const before = await running.aggregate.data();
    await Promise.all(['east', 'west'].map((name) => running.cluster(name).refuse()));
    await eventually(async () => expect((await exporter.status()).counts.stale).toBe(2));
    expect(await running.aggregate.data()).toEqual(before);
    expect((await exporter.get('/readyz')).status).toBe(200);

    await Promise.all(['east', 'west'].map((name) => running.cluster(name).listen()));
    await eventually(async () => expect((await exporter.status()).counts.synced).toBe(2));
    expect(running.valuesOf('east')).toEqual([valueOf('east 1')]);
  });

  it('that gets registry and aggregate back from a backup keeps the keys of clusters that are down', async () => {
    const { rig: running, exporter } = await start();
    const backup = await running.aggregate.data();
    const entries = { east: running.entry('east'), west: running.entry('west') };
    await running.registry.delete();
    await eventually(async () => expect((await exporter.status()).aggregate.state).toBe('paused'));
    await running.aggregate.delete();
    await running.cluster('west').refuse();

    await running.aggregate.create(Object.fromEntries(backup));
    await delay(500);
    await running.registry.create(entries);

    await eventually(async () =>
      expect(await exporter.cluster('west')).toMatchObject({ state: 'stale', published: true }),
    );
    await expectPublished(running, { east: 'east 1', west: 'west 1' });
  });

  it('is not held up by a cluster that hangs and whose entry keeps changing', async () => {
    const { rig: running } = await start();
    running.cluster('west').faults.inject({ kind: 'hang' });
    const flapping = setInterval(() => void running.registry.edit({ west: running.entry('west') }), 400);
    try {
      for (let revision = 2; revision <= 4; revision++) {
        running.cluster('east').editSecret('storage-config', { opensearch: `east ${revision}` });
        await expectPublished(running, { east: `east ${revision}`, west: 'west 1' }, 4_000);
      }
    } finally {
      clearInterval(flapping);
    }
  });

  it('with a predecessor’s keys that leave no room for ours gets rid of them first', async () => {
    const { rig: running, exporter } = await start(['east']);
    await exporter.stop();
    const size = 600 * 1024;
    const large = (fill: string) =>
      JSON.stringify({ opensearch: Buffer.alloc((size * 3) / 4, fill).toString('base64') });
    await running.aggregate.edit({ gone: large('g') });
    running.cluster('east').editSecret('storage-config', { opensearch: 'e'.repeat((size * 3) / 4) });
    await running.startExporter();

    await eventually(async () => {
      const published = await running.aggregate.data();
      expect([...published.keys()]).toEqual(['east']);
      expect(published.get('east')?.length).toBeGreaterThan(size);
    });
  });

  it('is left whole by an exporter that is killed at any point of a write', async () => {
    const { rig: running, exporter } = await start();
    await exporter.stop('SIGKILL');
    for (let revision = 2; revision <= 9; revision++) {
      running.cluster('east').editSecret('storage-config', { opensearch: `east ${revision}` });
      const next = await running.startExporter();
      const patches = running.hub.requests.filter((request) => request.startsWith('PATCH')).length;
      await eventually(
        () =>
          expect(
            running.hub.requests.filter((request) => request.startsWith('PATCH')).length,
          ).toBeGreaterThan(patches),
        { everyMs: 1 },
      ).catch(() => undefined);
      // The request has been sent; kill it before, while, or after the hub answers.
      await delay(Math.random() * 4);
      await next.stop('SIGKILL');
    }
    await running.startExporter();

    await expectPublished(running, { east: 'east 9', west: 'west 1' });
    expect(running.valuesOf('west')).toEqual([valueOf('west 1')]);
    expect(running.valuesOf('east')).not.toContain(undefined);
  });

  it.each([
    ['an error that nobody handled', 'throw new Error("boom")'],
    [
      'rejections that nobody handled, again while it closes',
      'for (const _ of "12") Promise.reject(new Error("boom"))',
    ],
  ])('has its Lease given back when %s ends the leader', async (_how, failure) => {
    rig = await FaultRig.start(['east']);
    const trap = `process.on('SIGWINCH', () => { ${failure} })`;
    const exporter = await rig.startExporter({
      MCCE_LEADER_ELECTION: 'true',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(trap)}`,
    });
    await exporter.waitUntilReady();
    const holder = async () =>
      (
        await rig?.hub.admin.request(
          'GET',
          '/apis/coordination.k8s.io/v1/namespaces/default/leases/multi-cluster-config-exporter',
        )
      )?.body.spec as { holderIdentity?: string } | undefined;
    await eventually(async () => expect((await holder())?.holderIdentity).toBeTruthy());

    const code = await exporter.stop('SIGWINCH');

    expect(code).toBe(1);
    expect((await holder())?.holderIdentity).toBeFalsy();
  });
});
