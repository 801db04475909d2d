import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GOLDEN_MARSHALLED, GOLDEN_SOURCE } from '../golden/golden.ts';
import { kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { freePort } from '../support/free-port.ts';
import { Fleet } from './fleet.ts';

const MANAGED_BY = 'app.kubernetes.io/managed-by';
const CONTENT_HASH = 'multi-cluster-config-exporter/content-hash';
const STALE_CLUSTERS = 'multi-cluster-config-exporter/stale-clusters';

describe('the exporter on real API servers', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west']);
  });

  afterEach(async () => {
    await fleet.reset();
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  /** What the aggregate holds for a source with one key. */
  const holding = (text: string) => JSON.stringify({ opensearch: Buffer.from(text).toString('base64') });
  const expectAggregate = (expected: Record<string, string>, timeoutMs = 10_000) =>
    eventually(async () => expect(Object.fromEntries(await fleet.aggregate.data())).toEqual(expected), {
      timeoutMs,
    });
  const expectState = (exporter: ExporterProcess, name: string, expected: object, timeoutMs = 10_000) =>
    eventually(async () => expect(await exporter.cluster(name)).toMatchObject(expected), { timeoutMs });

  const staleClusters = async () => (await fleet.aggregate.read())?.metadata?.annotations?.[STALE_CLUSTERS];

  /** Both clusters with a source, both in the registry, and the exporter ready. */
  const startSynced = async (settings: Record<string, string> = {}) => {
    await fleet.source('east').create({ opensearch: 'east-1' });
    await fleet.source('west').create({ opensearch: 'west-1' });
    await fleet.registry.create({ east: await fleet.entry('east'), west: await fleet.entry('west') });
    const exporter = await fleet.startExporter(settings);
    await exporter.waitUntilReady();
    await expectAggregate({ east: holding('east-1'), west: holding('west-1') });
    return exporter;
  };

  describe('first aggregation', () => {
    it('creates the aggregate with its label, annotations and type', async () => {
      await startSynced();

      const aggregate = await fleet.aggregate.read();

      expect(aggregate).toMatchObject({
        type: 'Opaque',
        metadata: {
          labels: { [MANAGED_BY]: 'multi-cluster-config-exporter' },
          annotations: { [CONTENT_HASH]: expect.stringMatching(/^[0-9a-f]{64}$/), [STALE_CLUSTERS]: '' },
        },
      });
      // Created by apply; a cluster that is read a moment later is merged into it.
      const owners = aggregate?.metadata?.managedFields?.map(({ manager }) => manager);
      expect(new Set(owners)).toEqual(new Set(['multi-cluster-config-exporter']));
      expect(aggregate?.metadata?.managedFields?.[0]).toMatchObject({ operation: 'Apply' });
    });

    it('holds byte for byte what Go marshals for a source of awkward keys and bytes', async () => {
      const data = Object.fromEntries(
        [...GOLDEN_SOURCE].map(([key, value]) => [key, Buffer.from(value, 'base64')]),
      );
      await fleet.source('east').create(data);
      await fleet.registry.create({ east: await fleet.entry('east') });
      await fleet.startExporter();

      await expectAggregate({ east: GOLDEN_MARSHALLED });
    });

    it('reads both formats of an entry', async () => {
      await fleet.source('east').create({ opensearch: 'east-1' });
      await fleet.source('west').create({ opensearch: 'west-1' });
      await fleet.registry.create({
        east: primusLensEntry(await fleet.access('east')),
        west: kubeconfigEntry(await fleet.access('west')),
      });
      await fleet.startExporter();

      await expectAggregate({ east: holding('east-1'), west: holding('west-1') });
    });

    it('waits for a registry that comes later', async () => {
      await fleet.source('east').create({ opensearch: 'east-1' });
      const exporter = await fleet.startExporter();
      await exporter.waitUntilReady();
      await eventually(async () => expect((await exporter.status()).registry.state).toBe('missing'));

      await fleet.registry.create({ east: await fleet.entry('east') });

      await expectAggregate({ east: holding('east-1') }, 2_000);
    });

    it('adopts the Secret of a predecessor, removes its foreign keys and keeps its labels', async () => {
      await fleet.source('east').create({ opensearch: 'east-1' });
      await fleet.registry.create({ east: await fleet.entry('east') });
      await fleet.aggregate.create(
        { east: '{"opensearch":"b2xk"}', gone: '{"opensearch":"b2xk"}' },
        {
          metadata: {
            name: 'multi-storage-config',
            labels: { team: 'storage' },
            annotations: { note: 'theirs' },
          },
        },
      );

      await fleet.startExporter();

      await expectAggregate({ east: holding('east-1') });
      expect((await fleet.aggregate.read())?.metadata).toMatchObject({
        labels: { team: 'storage', [MANAGED_BY]: 'multi-cluster-config-exporter' },
        annotations: { note: 'theirs' },
      });
    });
  });

  describe('an unchanged fleet', () => {
    it('is written once and never again', async () => {
      const exporter = await startSynced();
      const before = await fleet.aggregate.read();

      await eventually(() => {
        expect(exporter.log.filter(({ message }) => message === 'pass ended').length).toBeGreaterThanOrEqual(
          5,
        );
      });

      const after = await fleet.aggregate.read();
      expect(after?.metadata?.resourceVersion).toBe(before?.metadata?.resourceVersion);
    });

    it('is not written on a restart either', async () => {
      const first = await startSynced();
      const before = await fleet.aggregate.read();
      expect(await first.stop()).toBe(0);

      const second = await fleet.startExporter();
      await second.waitUntilReady();
      await eventually(() => {
        expect(second.log.filter(({ message }) => message === 'pass ended').length).toBeGreaterThanOrEqual(2);
      });

      expect((await fleet.aggregate.read())?.metadata?.resourceVersion).toBe(
        before?.metadata?.resourceVersion,
      );
    });
  });

  describe('hot reload', () => {
    it('publishes a cluster within 1 s of its entry', async () => {
      await fleet.source('east').create({ opensearch: 'east-1' });
      await fleet.source('west').create({ opensearch: 'west-1' });
      await fleet.registry.create({ east: await fleet.entry('east') });
      const exporter = await fleet.startExporter({ MCCE_SYNC_INTERVAL: '1h' });
      await exporter.waitUntilReady();
      await expectAggregate({ east: holding('east-1') });

      await fleet.registry.edit({ west: await fleet.entry('west') });

      await expectAggregate({ east: holding('east-1'), west: holding('west-1') }, 1_000);
    });

    it('removes the key with the entry, and leaves the others', async () => {
      await startSynced({ MCCE_SYNC_INTERVAL: '1h' });

      await fleet.registry.edit({ west: null });

      await expectAggregate({ east: holding('east-1') }, 1_000);
    });

    it('follows an entry to another cluster', async () => {
      await startSynced({ MCCE_SYNC_INTERVAL: '1h' });

      await fleet.registry.edit({ east: await fleet.entry('west') });

      await expectAggregate({ east: holding('west-1'), west: holding('west-1') }, 1_000);
    });

    it('reads on with a rotated token, without a restart', async () => {
      const exporter = await startSynced();

      await fleet.registry.edit({
        east: primusLensEntry({ ...(await fleet.access('east')), token: 'revoked' }),
      });
      await expectState(exporter, 'east', { state: 'stale', reason: 'unauthorized' });
      await fleet.source('east').edit({ opensearch: 'east-2' });
      await fleet.registry.edit({ east: await fleet.entry('east') });

      await expectAggregate({ east: holding('east-2'), west: holding('west-1') }, 2_000);
      await expectState(exporter, 'east', { state: 'synced', reason: 'ok' });
    });
  });

  describe('sources', () => {
    it('are published when they change', async () => {
      await startSynced();

      await fleet.source('west').edit({ opensearch: 'west-2' });

      await expectAggregate({ east: holding('east-1'), west: holding('west-2') }, 3_000);
    });

    it('keep their key for the grace after their deletion, then lose it', async () => {
      const exporter = await startSynced();

      await fleet.source('west').delete();
      await expectState(exporter, 'west', { state: 'missing', reason: 'not_found', published: true });
      expect((await fleet.aggregate.data()).size).toBe(2);

      await expectAggregate({ east: holding('east-1') });
      await expectState(exporter, 'west', { state: 'missing', published: false });
    });

    it('keep their key when they are back within the grace', async () => {
      const exporter = await startSynced({ MCCE_MISSING_GRACE: '1h' });
      await fleet.source('west').delete();
      await expectState(exporter, 'west', { state: 'missing' });

      await fleet.source('west').create({ opensearch: 'west-2' });

      await expectState(exporter, 'west', { state: 'synced' });
      await expectAggregate({ east: holding('east-1'), west: holding('west-2') });
    });
  });

  describe('the aggregate', () => {
    it('is restored within 2 s of a hand edit', async () => {
      await startSynced({ MCCE_SYNC_INTERVAL: '1h' });

      await fleet.aggregate.edit({ east: 'not even JSON', helper: 'foreign' });

      await expectAggregate({ east: holding('east-1'), west: holding('west-1') }, 2_000);
    });

    it('is restored within 2 s of its deletion', async () => {
      await startSynced({ MCCE_SYNC_INTERVAL: '1h' });

      await fleet.aggregate.delete();

      await expectAggregate({ east: holding('east-1'), west: holding('west-1') }, 2_000);
    });

    it('gets its label back, and keeps foreign ones', async () => {
      await startSynced({ MCCE_SYNC_INTERVAL: '1h' });

      await fleet.aggregate.patch({ metadata: { labels: { [MANAGED_BY]: 'someone', team: 'storage' } } });

      await eventually(async () => {
        expect((await fleet.aggregate.read())?.metadata?.labels).toEqual({
          [MANAGED_BY]: 'multi-cluster-config-exporter',
          'multi-cluster-config-exporter/aggregate': 'multi-storage-config',
          team: 'storage',
        });
      });
    });

    it('that becomes immutable is an error even before it has to be written', async () => {
      const exporter = await startSynced();

      await fleet.aggregate.patch({ immutable: true });

      await eventually(async () => {
        expect((await exporter.status()).aggregate).toMatchObject({
          state: 'failing',
          message: expect.stringContaining('immutable'),
        });
      });
    });

    it('that is immutable is an error with its remedy, and nothing is deleted', async () => {
      await fleet.source('east').create({ opensearch: 'east-1' });
      await fleet.registry.create({ east: await fleet.entry('east') });
      await fleet.aggregate.create({ old: '{}' }, { immutable: true });
      const exporter = await fleet.startExporter();

      await eventually(async () => {
        const { aggregate } = await exporter.status();
        expect(aggregate).toMatchObject({
          state: 'failing',
          message: expect.stringContaining('immutable'),
          remedy: expect.stringContaining('delete it'),
        });
      });
      expect(await fleet.aggregate.data()).toEqual(new Map([['old', '{}']]));

      await fleet.aggregate.delete();
      await expectAggregate({ east: holding('east-1') }, 2_000);
    });
  });

  describe('the size limit', () => {
    /** A source of which the key in the aggregate has so many bytes. */
    const sized = (bytes: number, fill: number) => ({
      a: new Uint8Array(((bytes - '{"a":""}'.length) / 4) * 3).fill(fill),
    });
    const HALF = 512 * 1024;
    const sizes = async () => [...(await fleet.aggregate.data()).values()].map((value) => value.length);

    it('is used to the last byte, and beyond it the old key stays and the others go on', async () => {
      await fleet.source('east').create(sized(HALF, 1));
      await fleet.source('west').create(sized(HALF, 1));
      await fleet.registry.create({ east: await fleet.entry('east'), west: await fleet.entry('west') });
      const exporter = await fleet.startExporter();
      await eventually(async () => expect(await sizes()).toEqual([HALF, HALF]));
      expect((await exporter.status()).aggregate).toMatchObject({ state: 'published', bytes: 1024 * 1024 });

      const before = Date.now();
      await fleet.source('west').edit(sized(HALF + 4, 2));
      await expectState(exporter, 'west', { state: 'stale', reason: 'too_large', published: true });
      expect(Date.parse((await exporter.cluster('west')).since)).toBeGreaterThanOrEqual(before);
      await fleet.source('east').edit(sized(HALF - 4, 3));

      await eventually(async () => expect(await sizes()).toEqual([HALF - 4, HALF + 4]));
      await expectState(exporter, 'west', { state: 'synced', reason: 'ok' });
      expect((await exporter.status()).aggregate).toMatchObject({ state: 'published', tooLarge: [] });
    });
  });

  describe('the registry', () => {
    it.each(['deleted', 'emptied', 'filled with nothing but bad entries'])(
      'that is %s leaves the aggregate exactly as it is',
      async (how) => {
        const exporter = await startSynced();
        const before = await fleet.aggregate.read();

        if (how === 'deleted') await fleet.registry.delete();
        else if (how === 'emptied') await fleet.registry.edit({ east: null, west: null });
        else await fleet.registry.edit({ east: '{', west: 'exec: {}' });

        await eventually(async () => expect((await exporter.status()).aggregate.state).toBe('paused'));
        expect((await exporter.get('/health')).status).toBe(503);
        await delay(2_500);
        expect((await fleet.aggregate.read())?.metadata?.resourceVersion).toBe(
          before?.metadata?.resourceVersion,
        );

        if (how === 'deleted') await fleet.registry.create({ east: await fleet.entry('east') });
        else await fleet.registry.edit({ east: await fleet.entry('east'), west: null });
        await expectAggregate({ east: holding('east-1') });
      },
    );

    it('that is gone lets the operator delete the aggregate for good', async () => {
      const exporter = await startSynced();
      await fleet.registry.delete();
      await eventually(async () => expect((await exporter.status()).aggregate.state).toBe('paused'));

      await fleet.aggregate.delete();
      await delay(2_500);

      expect(await fleet.aggregate.read()).toBeUndefined();
    });

    it('with bad entries beside good ones keeps the good ones going, and the bad ones’ keys', async () => {
      const exporter = await startSynced();

      await fleet.registry.edit({
        west: kubeconfigEntry(await fleet.access('west'), { user: { exec: { command: 'x' } } }),
        worse: '',
      });
      await expectState(exporter, 'west', { state: 'rejected', reason: 'unsafe_entry', published: true });
      await fleet.source('east').edit({ opensearch: 'east-2' });

      await expectAggregate({ east: holding('east-2'), west: holding('west-1') });
      expect((await exporter.cluster('west')).message).toContain('"exec"');
      await expectState(exporter, 'worse', { state: 'rejected', reason: 'invalid_entry', published: false });
      await eventually(async () => expect(await staleClusters()).toBe('west'));
    });
  });

  describe('a cluster that stops', () => {
    it('keeps its key, is named as stale, does not hold up the others, and heals', async () => {
      const exporter = await startSynced();
      await fleet.cluster('west').kill();
      await expectState(exporter, 'west', { state: 'stale', reason: 'connect', published: true });

      await fleet.source('east').edit({ opensearch: 'east-2' });
      await expectAggregate({ east: holding('east-2'), west: holding('west-1') }, 3_000);
      await eventually(async () => expect(await staleClusters()).toBe('west'));
      expect([(await exporter.get('/livez')).status, (await exporter.get('/readyz')).status]).toEqual([
        200, 200,
      ]);
      expect((await exporter.get('/health')).status).toBe(503);

      await fleet.cluster('west').start();
      await fleet.source('west').edit({ opensearch: 'west-2' });
      await expectAggregate({ east: holding('east-2'), west: holding('west-2') }, 10_000);
      await eventually(async () => {
        await eventually(async () => expect(await staleClusters()).toBe(''));
      });
    });

    it('while it hangs delays neither a changed source nor a new entry', async () => {
      const exporter = await startSynced({ MCCE_READ_TIMEOUT: '30s' });
      fleet.cluster('west').pause();
      try {
        await delay(1_500);
        await fleet.registry.edit({ more: await fleet.entry('east') });

        await expectAggregate(
          { east: holding('east-1'), west: holding('west-1'), more: holding('east-1') },
          1_000,
        );
        expect((await exporter.get('/readyz')).status).toBe(200);
      } finally {
        fleet.cluster('west').resume();
      }
    });

    it('keeps its key when the exporter restarts meanwhile', async () => {
      const first = await startSynced();
      await first.stop('SIGKILL');
      await fleet.cluster('west').kill();

      const second = await fleet.startExporter();
      await second.waitUntilReady();
      await expectState(second, 'west', { state: 'stale', reason: 'connect', published: true });

      expect(Object.fromEntries(await fleet.aggregate.data())).toEqual({
        east: holding('east-1'),
        west: holding('west-1'),
      });
      await fleet.cluster('west').start();
    });
  });

  describe('a hub that stops', () => {
    it('is back within 10 s of its return, without a restart and without a lost key', async () => {
      const exporter = await startSynced();
      await fleet.hub.kill();
      await eventually(async () => expect((await exporter.status()).registry.watch.connected).toBe(false));
      await delay(3_000);
      await fleet.hub.start();
      const back = performance.now();

      await eventually(
        async () => {
          const { registry, aggregate } = await exporter.status();
          expect([registry.watch.connected, aggregate.watch.connected]).toEqual([true, true]);
        },
        { timeoutMs: 10_000 },
      );
      await fleet.source('east').edit({ opensearch: 'east-2' });
      await expectAggregate({ east: holding('east-2'), west: holding('west-1') });

      expect(performance.now() - back).toBeLessThan(15_000);
      expect(exporter.running).toBe(true);
    });

    it('when the exporter starts is waited for', async () => {
      await fleet.source('east').create({ opensearch: 'east-1' });
      await fleet.registry.create({ east: await fleet.entry('east') });
      const token = await fleet.exporterToken();
      await fleet.hub.kill();

      const exporter = await fleet.startExporter({}, { token });
      await eventually(async () => {
        const { registry } = await exporter.status();
        expect(registry.watch).toMatchObject({ connected: false, failure: { reason: 'connect' } });
      });
      expect([(await exporter.get('/livez')).status, (await exporter.get('/readyz')).status]).toEqual([
        200, 503,
      ]);
      await fleet.hub.start();

      await exporter.waitUntilReady();
      await expectAggregate({ east: holding('east-1') });
    });
  });

  describe('a start', () => {
    it('on a port that is taken ends with exit code 78 and the remedy', async () => {
      const port = String(await freePort());
      await fleet.startExporter({ MCCE_HTTP_PORT: port });

      const second = fleet.startExporter({ MCCE_HTTP_PORT: port });

      await expect(second).rejects.toThrow(/HTTP_PORT_UNAVAILABLE.*MCCE_HTTP_PORT/s);
    });

    it('beside an exporter that holds the Lease ends with exit code 78 and the remedy', async () => {
      const leader = await fleet.startExporter({ MCCE_LEADER_ELECTION: 'true' });
      await eventually(async () => expect((await leader.status()).leadership.role).toBe('leader'));

      const second = await fleet.startExporter();

      expect(await second.ended).toBe(78);
      expect(second.output).toMatch(
        /MCCE_LEASE_HELD.*holds the Lease default\/multi-cluster-config-exporter.*MCCE_LEADER_ELECTION=true/s,
      );
    });

    it.each([
      ['a Lease whose holder died', '2026-01-01T00:00:00.000000Z', true],
      ['a Lease that it may not look at', '2099-01-01T00:00:00.000000Z', false],
    ])('beside %s is as ever', async (_what, renewTime, mayLook) => {
      await fleet.lease.give('another', renewTime);
      await fleet.source('east').create({ opensearch: 'east-1' });
      await fleet.registry.create({ east: await fleet.entry('east') });
      const exporter = await fleet.startExporter(
        {},
        mayLook ? {} : { token: await fleet.tokenWithoutLease() },
      );

      await expectAggregate({ east: holding('east-1') });
      expect((await exporter.status()).leadership.role).toBe('leader');
    });
  });

  describe('a stop', () => {
    it('by SIGTERM is orderly and quick', async () => {
      const exporter = await startSynced();
      const startedAt = performance.now();

      expect(await exporter.stop('SIGTERM')).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    });
  });
});
