import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

describe('the service, publishing', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  it('keeps out a payload that would break the readers, and its old key', async () => {
    const json = (text: string) => JSON.stringify({ at: text });
    await rig.source.edit({ opensearch: json('o'), prometheus: json('p'), postgres: json('q') });
    await rig.registry.create({ east: rig.entry() });
    await rig.startService({ MCCE_PAYLOAD_CHECK: 'primus-lens', MCCE_SYNC_INTERVAL: '1s' });
    await eventually(async () => expect((await rig.aggregate.data()).size).toBe(1));
    const before = await rig.aggregate.data();

    await rig.source.edit({ postgres: 'not JSON' });

    await eventually(async () => {
      expect(await (await rig.get('/api/v1/status')).json()).toMatchObject({
        clusters: [
          { state: 'stale', reason: 'invalid_payload', message: expect.stringContaining('"postgres"') },
        ],
      });
    });
    expect(await rig.aggregate.data()).toEqual(before);
  });

  it('heals within 10 s when every watch ends, and misses nothing', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    await rig.expectPublished('one');

    rig.hub.watches.cut();
    await rig.source.edit({ postgres: 'two' });
    await rig.registry.edit({ east: rig.entry() });
    await rig.expectPublished('two');
    rig.hub.watches.end();
    await rig.aggregate.delete();

    await rig.expectPublished('two');
    await eventually(() => expect(rig.hub.watches.count).toBe(2));
  });

  it('leaves no key of others where somebody creates the aggregate just before it does', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    await rig.expectPublished('one');
    rig.hub.faults.inject({ kind: 'delay', ms: 300 }, { when: ({ method }) => method === 'PATCH', times: 1 });
    await rig.aggregate.delete();
    await delay(100);

    await rig.aggregate.create({ foreign: 'not even JSON' });

    await eventually(async () => expect([...(await rig.aggregate.data()).keys()]).toEqual(['east']));
    await rig.expectPublished('one');
  });

  it('does not say that a second exporter undoes its writes where somebody only removes keys', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    const removeKey = () =>
      rig.hub.admin.request(
        'PATCH',
        '/api/v1/namespaces/default/secrets/multi-storage-config?fieldManager=pruner',
        { body: { data: { east: null } }, contentType: 'application/merge-patch+json' },
      );
    for (let round = 0; round < 3; round++) {
      await rig.expectPublished('one');
      await removeKey();
    }

    await eventually(async () =>
      expect((await rig.status()).aggregate).toMatchObject({
        state: 'contested',
        message: expect.stringMatching(/^Somebody writes the aggregate, too/),
      }),
    );
  });

  it('writes nothing more for a cluster that goes on failing, each time for another reason', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService({ MCCE_SYNC_INTERVAL: '1s', MCCE_WATCH_SOURCES: 'false' });
    await rig.expectPublished('one');
    let requests = 0;
    rig.east.faults.inject({ kind: 'status', status: 503 });
    rig.east.faults.inject({ kind: 'status', status: 403 }, { when: () => ++requests % 2 === 0 });
    const memory = async () =>
      (await rig.aggregate.read())?.metadata?.annotations?.['multi-cluster-config-exporter/cluster-states'];
    await eventually(async () => expect(await memory()).toMatch(/^east stale /));
    const before = await memory();

    await eventually(() => expect(requests).toBeGreaterThan(5), { timeoutMs: 15_000 });

    expect(await memory()).toBe(before);
  });

  it('tries again when a write is refused, with what the hub holds then', async () => {
    await rig.registry.create({ east: rig.entry() });
    rig.hub.faults.inject(
      { kind: 'status', status: 409, body: '{"kind":"Status","reason":"Conflict","code":409}' },
      { when: ({ method }) => method === 'PATCH', times: 2 },
    );
    await rig.startService();

    await rig.expectPublished('one');
  });
});
