import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

describe('the service, asked how it is', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  it('is ready once the first pass ended, and live all the time', async () => {
    await rig.registry.create({ east: rig.entry() });
    rig.east.faults.inject({ kind: 'hang' });
    await rig.startService({ MCCE_READ_TIMEOUT: '1s' });
    expect([(await rig.get('/livez')).status, (await rig.get('/readyz')).status]).toEqual([200, 503]);

    await eventually(async () => expect((await rig.get('/readyz')).status).toBe(200));
    expect((await rig.get('/health')).status).toBe(503);
    rig.east.faults.clear();
    await rig.registry.edit({ east: rig.entry() });

    await eventually(async () => {
      const health = await rig.get('/health');
      expect(health.status).toBe(200);
      expect(await health.json()).toMatchObject({
        status: 'ok',
        details: {
          registry: { status: 'up' },
          clusters: { status: 'up' },
          aggregate: { status: 'up', keys: 1 },
        },
      });
    });
  });

  it('answers the status with every cluster', async () => {
    await rig.registry.create({ east: rig.entry(), bad: '{' });
    await rig.startService();
    await rig.expectPublished('one');

    const status: unknown = await (await rig.get('/api/v1/status')).json();

    expect(status).toMatchObject({
      apiVersion: 'multi-cluster-config-exporter/v1',
      kind: 'Status',
      hub: { server: rig.hub.url },
      registry: { state: 'present', entries: 2, rejected: 1, watch: { connected: true } },
      aggregate: { state: 'published', keys: 1, limitBytes: 1024 * 1024, tooLarge: [] },
      counts: { synced: 1, rejected: 1, pending: 0, stale: 0, missing: 0 },
      clusters: [
        {
          name: 'bad',
          state: 'rejected',
          reason: 'invalid_entry',
          published: false,
          message: expect.any(String),
        },
        {
          name: 'east',
          state: 'synced',
          reason: 'ok',
          published: true,
          server: rig.east.url,
          lastSuccess: expect.any(String),
        },
      ],
    });
  });
});
