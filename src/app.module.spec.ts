import { randomBytes } from 'node:crypto';
import type { AddressInfo, Server } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { type INestApplication, Injectable, Module } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../test/sandbox/sandbox-api-server.ts';
import { primusLensEntry } from '../test/support/entries.ts';
import { eventually } from '../test/support/eventually.ts';
import { SecretEditor } from '../test/support/secret-editor.ts';
import { AppModule } from './app.module.ts';
import { ClusterConfigChangedEvent } from './cluster-config/cluster-config-changed.event.ts';
import { parseSettings } from './config/settings.ts';
import { HubCredentials } from './kube/hub-credentials.ts';
import { ClusterStates } from './storage-sync/cluster-states.ts';
import { StorageSyncModule } from './storage-sync/storage-sync.module.ts';
import { STORAGE_SYNC_INTERVAL } from './storage-sync/storage-sync.scheduler.ts';

/** What somebody who extends the service writes. */
@Injectable()
class ChangeListener {
  readonly events: ClusterConfigChangedEvent[] = [];

  constructor(readonly states: ClusterStates) {}

  @OnEvent(ClusterConfigChangedEvent.eventName)
  onChange(event: ClusterConfigChangedEvent): void {
    this.events.push(event);
  }
}

@Module({ imports: [StorageSyncModule], providers: [ChangeListener] })
class ExtensionModule {}

describe('the service', () => {
  let hub: SandboxApiServer;
  let east: SandboxApiServer;
  let app: INestApplication | undefined;
  let registry: SecretEditor;
  let aggregate: SecretEditor;
  let source: SecretEditor;

  beforeEach(async () => {
    hub = await SandboxApiServer.start('hub');
    east = await SandboxApiServer.start('east');
    registry = new SecretEditor(hub.admin, 'multi-k8s-config');
    aggregate = new SecretEditor(hub.admin, 'multi-storage-config');
    source = new SecretEditor(east.admin, 'storage-config');
    await source.create({ postgres: 'one' });
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
    await Promise.all([hub.stop(), east.stop()]);
  });

  const start = async (environment: Record<string, string> = {}) => {
    const token = randomBytes(16).toString('hex');
    hub.authorizer.addAdmin(token);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser(
      {
        name: 'hub',
        server: hub.url,
        caData: Buffer.from(hub.authority.cert).toString('base64'),
        skipTLSVerify: false,
      },
      { name: 'exporter', token },
    );
    const settings = parseSettings({ MCCE_LOG_LEVEL: 'fatal', MCCE_SYNC_INTERVAL: '1h', ...environment });
    const imports = [AppModule.register(settings, new HubCredentials(kubeConfig)), ExtensionModule];
    const testing = await Test.createTestingModule({ imports }).compile();
    app = testing.createNestApplication({ forceCloseConnections: true });
    await app.listen(0, '127.0.0.1');
    return app;
  };
  const entry = () => {
    const token = randomBytes(16).toString('hex');
    east.authorizer.addUser(token, [{ verbs: ['get'], resource: 'secrets', names: ['storage-config'] }]);
    return primusLensEntry({ server: east.url, ca: east.authority.cert, token });
  };
  const expectPublished = (text: string) =>
    eventually(async () => {
      expect(Object.fromEntries(await aggregate.data())).toEqual({
        east: JSON.stringify({ postgres: Buffer.from(text).toString('base64') }),
      });
    });
  const get = async (path: string) => {
    const server = app?.getHttpServer() as Server;
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  };
  const readsOfSource = () => east.requests.filter((request) => request.startsWith('GET')).length;

  it('injects by constructor types, which the decorators emit', () => {
    expect(Reflect.getMetadata('design:paramtypes', ChangeListener)).toEqual([ClusterStates]);
  });

  it('restarts the dynamic interval and reads at once when the registry changes', async () => {
    const service = await start();
    await registry.create({ east: entry() });
    await expectPublished('one');
    const scheduler = service.get(SchedulerRegistry);
    const before: unknown = scheduler.getInterval(STORAGE_SYNC_INTERVAL);

    await source.edit({ postgres: 'two' });
    await registry.edit({ east: entry() });

    await expectPublished('two');
    expect(scheduler.getIntervals()).toEqual([STORAGE_SYNC_INTERVAL]);
    expect(scheduler.getInterval(STORAGE_SYNC_INTERVAL)).not.toBe(before);
  });

  it('tells modules of others what changed, and lets them read the state', async () => {
    const service = await start();
    const listener = service.get(ChangeListener);
    await eventually(() => expect(listener.events).toHaveLength(1));
    await registry.create({ east: entry() });
    await expectPublished('one');
    await registry.edit({ east: entry(), bad: '{' });
    await registry.edit({ east: null });

    await eventually(() => expect(listener.events).toHaveLength(4));
    expect(listener.events).toEqual([
      { added: [], changed: [], removed: [], rejected: [] },
      { added: ['east'], changed: [], removed: [], rejected: [] },
      { added: [], changed: ['east'], removed: [], rejected: ['bad'] },
      { added: [], changed: [], removed: ['east'], rejected: [] },
    ]);
    expect(listener.states.all.get('bad')).toMatchObject({ state: 'rejected', reason: 'invalid_entry' });
  });

  it('reads a cluster again and again over one connection', async () => {
    await registry.create({ east: entry() });
    await start({ MCCE_SYNC_INTERVAL: '1s' });
    await expectPublished('one');
    const handshakes = east.handshakes;
    const reads = readsOfSource();

    await eventually(() => expect(readsOfSource()).toBeGreaterThanOrEqual(reads + 2));

    expect(east.handshakes).toBe(handshakes);
  });

  it('closes the connections of a cluster that is rotated or removed', async () => {
    await registry.create({ east: entry() });
    await start();
    await expectPublished('one');
    const open = east.connections;

    await registry.edit({ east: entry() });
    await eventually(() => expect(readsOfSource()).toBe(2));
    await eventually(() => expect(east.connections).toBe(open));
    await registry.edit({ east: null });

    await eventually(() => expect(east.connections).toBe(open - 1));
  });

  it('is ready once the first pass ended, and live all the time', async () => {
    await registry.create({ east: entry() });
    east.faults.inject({ kind: 'hang' });
    await start({ MCCE_READ_TIMEOUT: '1s' });
    expect([(await get('/livez')).status, (await get('/readyz')).status]).toEqual([200, 503]);

    await eventually(async () => expect((await get('/readyz')).status).toBe(200));
    expect((await get('/health')).status).toBe(503);
    east.faults.clear();
    await registry.edit({ east: entry() });

    await eventually(async () => {
      const health = await get('/health');
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
    await registry.create({ east: entry(), bad: '{' });
    await start();
    await expectPublished('one');

    const status: unknown = await (await get('/api/v1/status')).json();

    expect(status).toMatchObject({
      apiVersion: 'multi-cluster-config-exporter/v1',
      kind: 'Status',
      hub: { server: hub.url },
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
          server: east.url,
          lastSuccess: expect.any(String),
        },
      ],
    });
  });

  it('keeps the healthy going at once while many hang', async () => {
    const slow = await SandboxApiServer.start('slow');
    slow.faults.inject({ kind: 'hang' });
    try {
      const hanging = primusLensEntry({ server: slow.url, ca: slow.authority.cert, token: 'any' });
      const many = Array.from({ length: 20 }, (_, index) => [`slow-${index}`, hanging]);
      await registry.create({ ...Object.fromEntries(many), east: entry() });
      await start({ MCCE_READ_TIMEOUT: '1m' });

      await expectPublished('one');
    } finally {
      await slow.stop();
    }
  });

  it('tries a failed cluster again on its own, long before the next pass', async () => {
    await registry.create({ east: entry() });
    east.faults.inject({ kind: 'status', status: 503 }, { times: 2 });
    await start({ MCCE_SYNC_INTERVAL: '1h' });

    await expectPublished('one');
  });

  it('reads a failed cluster at once when its entry changes', async () => {
    await registry.create({ east: entry() });
    east.faults.inject({ kind: 'status', status: 503, headers: { 'retry-after': '300' } }, { times: 1 });
    await start();
    await eventually(() => expect(readsOfSource()).toBe(1));

    await registry.edit({ east: entry() });

    await expectPublished('one');
  });

  it('waits as long as Retry-After asks', async () => {
    await registry.create({ east: entry() });
    east.faults.inject({ kind: 'status', status: 429, headers: { 'retry-after': '2' } }, { times: 1 });
    await start({ MCCE_SYNC_INTERVAL: '1s' });
    await eventually(() => expect(readsOfSource()).toBe(1));
    const askedAt = performance.now();

    await eventually(() => expect(readsOfSource()).toBe(2));

    expect(performance.now() - askedAt).toBeGreaterThan(1_900);
  });

  it('looks at the registry at once after a 401, even if its watch is silent', async () => {
    const revoked = entry();
    await registry.create({ east: revoked });
    await start({ MCCE_SYNC_INTERVAL: '1s' });
    await expectPublished('one');
    hub.watches.mute(true);

    await registry.edit({ east: entry() });
    east.authorizer.revoke((JSON.parse(revoked) as { bearerToken: string }).bearerToken);
    await source.edit({ postgres: 'two' });

    await expectPublished('two');
  });

  it('keeps out a payload that would break the readers, and its old key', async () => {
    const json = (text: string) => JSON.stringify({ at: text });
    await source.edit({ opensearch: json('o'), prometheus: json('p'), postgres: json('q') });
    await registry.create({ east: entry() });
    await start({ MCCE_PAYLOAD_CHECK: 'primus-lens', MCCE_SYNC_INTERVAL: '1s' });
    await eventually(async () => expect((await aggregate.data()).size).toBe(1));
    const before = await aggregate.data();

    await source.edit({ postgres: 'not JSON' });

    await eventually(async () => {
      expect(await (await get('/api/v1/status')).json()).toMatchObject({
        clusters: [
          { state: 'stale', reason: 'invalid_payload', message: expect.stringContaining('"postgres"') },
        ],
      });
    });
    expect(await aggregate.data()).toEqual(before);
  });

  it('heals within 10 s when every watch ends, and misses nothing', async () => {
    await registry.create({ east: entry() });
    await start();
    await expectPublished('one');

    hub.watches.cut();
    await source.edit({ postgres: 'two' });
    await registry.edit({ east: entry() });
    await expectPublished('two');
    hub.watches.end();
    await aggregate.delete();

    await expectPublished('two');
    await eventually(() => expect(hub.watches.count).toBe(2));
  });

  it('tries again when a write is refused, with what the hub holds then', async () => {
    await registry.create({ east: entry() });
    hub.faults.inject(
      { kind: 'status', status: 409, body: '{"kind":"Status","reason":"Conflict","code":409}' },
      { when: ({ method }) => method === 'PATCH', times: 2 },
    );
    await start();

    await expectPublished('one');
  });
});
