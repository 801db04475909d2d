import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';

describe('the service, reading', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  it('reads a cluster again and again over one connection', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService({ MCCE_SYNC_INTERVAL: '1s', MCCE_WATCH_SOURCES: 'false' });
    await rig.expectPublished('one');
    const handshakes = rig.east.handshakes;
    const reads = rig.readsOfSource();

    await eventually(() => expect(rig.readsOfSource()).toBeGreaterThanOrEqual(reads + 2));

    expect(rig.east.handshakes).toBe(handshakes);
  });

  it('closes the connections of a cluster that is rotated or removed', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    await rig.expectPublished('one');
    const open = rig.east.connections;

    await rig.registry.edit({ east: rig.entry() });
    await eventually(() => expect(rig.readsOfSource()).toBeGreaterThanOrEqual(2), { everyMs: 10 });
    await eventually(() => expect(rig.east.connections).toBe(open));
    await rig.registry.edit({ east: null });

    await eventually(() => expect(rig.east.connections).toBe(open - 1));
  });

  it('keeps the healthy going at once while many hang', async () => {
    const slow = await SandboxApiServer.start('slow');
    slow.faults.inject({ kind: 'hang' });
    try {
      const hanging = primusLensEntry({ server: slow.url, ca: slow.authority.cert, token: 'any' });
      const many = Array.from({ length: 20 }, (_, index) => [`slow-${index}`, hanging]);
      await rig.registry.create({ ...Object.fromEntries(many), east: rig.entry() });
      await rig.startService({ MCCE_READ_TIMEOUT: '1m' });

      await rig.expectPublished('one');
    } finally {
      await slow.stop();
    }
  });

  it('reads the healthy in every interval while another hangs for longer', async () => {
    const slow = await SandboxApiServer.start('slow');
    slow.faults.inject({ kind: 'hang' });
    try {
      const hanging = primusLensEntry({ server: slow.url, ca: slow.authority.cert, token: 'any' });
      await rig.registry.create({ slow: hanging, east: rig.entry() });
      await rig.startService({ MCCE_READ_TIMEOUT: '1m', MCCE_SYNC_INTERVAL: '1s' });
      await rig.expectPublished('one');
      await rig.source.edit({ postgres: 'two' });

      await rig.expectPublished('two');

      expect((await rig.get('/readyz')).status).toBe(503);
      expect(slow.requests).toHaveLength(1);
    } finally {
      await slow.stop();
    }
  });

  it('tries a failed cluster again on its own, long before the next pass', async () => {
    await rig.registry.create({ east: rig.entry() });
    rig.east.faults.inject({ kind: 'status', status: 503 }, { times: 2 });
    await rig.startService({ MCCE_SYNC_INTERVAL: '1h' });

    await rig.expectPublished('one');
  });

  it('reads a failed cluster at once when its entry changes', async () => {
    await rig.registry.create({ east: rig.entry() });
    rig.east.faults.inject({ kind: 'status', status: 503, headers: { 'retry-after': '300' } }, { times: 1 });
    await rig.startService();
    await eventually(() => expect(rig.readsOfSource()).toBe(1));

    await rig.registry.edit({ east: rig.entry() });

    await rig.expectPublished('one');
  });

  it('waits as long as Retry-After asks', async () => {
    await rig.registry.create({ east: rig.entry() });
    rig.east.faults.inject({ kind: 'status', status: 429, headers: { 'retry-after': '2' } }, { times: 1 });
    await rig.startService({ MCCE_SYNC_INTERVAL: '1s', MCCE_WATCH_SOURCES: 'false' });
    await eventually(() => expect(rig.readsOfSource()).toBe(1));
    const askedAt = performance.now();

    await eventually(() => expect(rig.readsOfSource()).toBeGreaterThanOrEqual(2), { everyMs: 10 });

    expect(performance.now() - askedAt).toBeGreaterThan(1_900);
  });

  it('looks at the registry once for a cluster that answers 401 again and again', async () => {
    await rig.registry.create({ east: rig.entry() });
    rig.east.faults.inject({ kind: 'status', status: 401 });
    await rig.startService({ MCCE_SYNC_INTERVAL: '1s' });
    const looks = () => rig.hub.requests.filter((request) => request === `GET ${SECRETS}`).length;
    await eventually(() => expect(rig.readsOfSource()).toBeGreaterThan(4));

    // A list and a watch for each of the two Secrets, the aggregate as a whole, and the one look.
    expect(looks()).toBe(6);
  });

  it('looks at the registry at once after a 401, even if its watch is silent', async () => {
    const revoked = rig.entry();
    await rig.registry.create({ east: revoked });
    await rig.startService({ MCCE_SYNC_INTERVAL: '1s' });
    await rig.expectPublished('one');
    rig.hub.watches.mute(true);

    await rig.registry.edit({ east: rig.entry() });
    rig.east.authorizer.revoke((JSON.parse(revoked) as { bearerToken: string }).bearerToken);
    await rig.source.edit({ postgres: 'two' });

    await rig.expectPublished('two');
  });
});
