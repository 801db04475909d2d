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
