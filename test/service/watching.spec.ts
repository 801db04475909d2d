import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../src/health/status/status.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

describe('the service, watching', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  /** The interval is an hour, so whatever is seen was watched. */
  const startWatching = async (environment: Record<string, string> = {}) => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService(environment);
    await rig.expectPublished('one');
    await eventually(() => expect(rig.east.watches.count).toBe(1));
  };
  const east = async () => {
    const { clusters } = (await (await rig.get('/api/v1/status')).json()) as { clusters: ClusterStatus[] };
    return clusters.find(({ name }) => name === 'east');
  };

  it('publishes a change when it happens, without asking again', async () => {
    await startWatching();
    const reads = rig.readsOfSource();

    await rig.source.edit({ postgres: 'two' });
    await rig.expectPublished('two');

    expect(rig.readsOfSource()).toBe(reads);
    expect(await east()).toMatchObject({ state: 'synced', watch: { connected: true } });
  });

  it('reads and watches on one connection', async () => {
    const before = rig.east.handshakes;

    await startWatching();

    expect(rig.east.handshakes).toBe(before + 1);
  });

  it('asks a watched cluster for nothing in the passes', async () => {
    await startWatching({ MCCE_SYNC_INTERVAL: '1s' });
    const requests = rig.readsOfSource();

    await delay(2_500);

    expect(rig.readsOfSource()).toBe(requests);
  });

  it('knows that nothing has changed', async () => {
    await startWatching();
    const before = (await east())?.lastSuccess ?? '';

    await eventually(async () => expect(String((await east())?.lastSuccess) > String(before)).toBe(true));

    expect(await east()).toMatchObject({ state: 'synced' });
  });

  it('follows a source that is deleted and comes back', async () => {
    await startWatching();

    await rig.source.delete();
    await eventually(async () => expect(await east()).toMatchObject({ state: 'missing', published: true }));
    await rig.source.create({ postgres: 'two' });

    await rig.expectPublished('two');
    expect(await east()).toMatchObject({ state: 'synced' });
  });

  it('finds a source that was never there once it is created', async () => {
    await rig.source.delete();
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    await eventually(() => expect(rig.east.watches.count).toBe(1));

    await rig.source.create({ postgres: 'one' });

    await rig.expectPublished('one');
  });

  it.each([
    ['ends in good order', () => rig.east.watches.end()],
    ['is cut', () => rig.east.watches.cut()],
    ['sends garbage', () => rig.east.watches.write('no event\n')],
    ['loses its connection', () => rig.east.cutConnections()],
    [
      'is told that its version has expired',
      () => rig.east.watches.write('{"type":"ERROR","object":{"code":410}}\n'),
    ],
  ])('is back after a stream %s, and has missed nothing', async (_how, strike) => {
    await startWatching();

    strike();
    rig.east.editSecret('storage-config', { postgres: 'two' });
    await rig.expectPublished('two');
    await eventually(async () => expect((await east())?.watch?.connected).toBe(true));
    await rig.source.edit({ postgres: 'three' });

    await rig.expectPublished('three');
  });

  it('says soon that a cluster is gone, although nothing asks it', async () => {
    await startWatching();

    await rig.east.refuse();

    await eventually(async () => expect(await east()).toMatchObject({ state: 'stale', reason: 'connect' }));
  });

  it('ends the stream of an entry that is replaced or removed', async () => {
    await startWatching();

    await rig.registry.edit({ east: rig.entry() });
    await eventually(() => expect(rig.readsOfSource()).toBe(4));
    await eventually(() => expect(rig.east.watches.count).toBe(1));
    await rig.registry.edit({ east: null });

    await eventually(() => expect(rig.east.watches.count).toBe(0));
  });

  it('never asks more clusters at once than it may, not even after all were lost together', async () => {
    const [limit, answerMs] = [3, 100];
    const many = Array.from({ length: 12 }, (_, index) => [`east-${index}`, rig.entry()]);
    await rig.registry.create(Object.fromEntries(many));
    const arrivals: number[] = [];
    const slowly = { kind: 'delay', ms: answerMs } as const;
    rig.east.faults.inject(slowly, { when: () => arrivals.push(performance.now()) > 0 });
    await rig.startService({ MCCE_READ_CONCURRENCY: String(limit), MCCE_SYNC_INTERVAL: '1s' });
    await eventually(() => expect(rig.east.watches.count).toBe(many.length));

    rig.east.cutConnections();
    await eventually(() => expect(arrivals.length).toBeGreaterThanOrEqual(4 * many.length));
    await eventually(() => expect(rig.east.watches.count).toBe(many.length));

    // Each holds its slot until it is answered, so that many later the first one must have been. Reads and watches have slots of their own.
    const gaps = arrivals.slice(2 * limit).map((at, index) => at - (arrivals[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(answerMs - 2);
  });

  describe('where it may not', () => {
    const entryWith = (verbs: string[]) => {
      const entry = rig.entry();
      const { bearerToken } = JSON.parse(entry) as { bearerToken: string };
      rig.east.authorizer.addUser(bearerToken, [{ verbs, resource: 'secrets', names: ['storage-config'] }]);
      return entry;
    };

    it.each([
      ['get', ['get']],
      ['get and list', ['get', 'list']],
    ])('for the cluster grants only %s, polls and says why', async (_what, verbs) => {
      await rig.registry.create({ east: entryWith(verbs) });
      await rig.startService({ MCCE_SYNC_INTERVAL: '1s' });
      await rig.expectPublished('one');

      await rig.source.edit({ postgres: 'two' });

      await rig.expectPublished('two');
      expect(await east()).toMatchObject({
        state: 'synced',
        watch: { connected: false, message: expect.stringContaining('permission') },
      });
    });

    it('for it is switched off, polls and asks for nothing else', async () => {
      await rig.registry.create({ east: entryWith(['get']) });
      await rig.startService({ MCCE_SYNC_INTERVAL: '1s', MCCE_WATCH_SOURCES: 'false' });
      await rig.expectPublished('one');
      await rig.source.edit({ postgres: 'two' });

      await rig.expectPublished('two');

      expect(rig.east.requests.filter((request) => request.endsWith('/secrets'))).toHaveLength(1);
      expect((await east())?.watch).toBeUndefined();
    });
  });
});
