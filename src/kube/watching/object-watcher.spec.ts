import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../../../test/sandbox/sandbox-api-server.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { SecretEditor } from '../../../test/support/secret-editor.ts';
import { KubeClient } from '../http/kube-client.ts';
import { SecretClient } from '../objects/secret-client.ts';
import type { SecretSnapshot } from '../objects/secret-snapshot.ts';
import { ObjectWatcher, type WatchLimits } from './object-watcher.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';

describe('ObjectWatcher', () => {
  let server: SandboxApiServer;
  let kube: KubeClient;
  let watcher: ObjectWatcher<SecretSnapshot> | undefined;
  let registry: SecretEditor;
  /** What the observer was told: the value of the key `a`, or undefined for no Secret. */
  let seen: (string | undefined)[];

  beforeEach(async () => {
    server = await SandboxApiServer.start('watcher', { bookmarkMs: 50 });
    const token = 'watcher';
    server.authorizer.addUser(token, [
      { verbs: ['list', 'watch'], resource: 'secrets', names: ['registry'] },
    ]);
    kube = new KubeClient({
      server: new URL(server.url),
      connections: 4,
      streamsTakeConnection: false,
      connectTimeoutMs: 5_000,
      credentials: async () => credentials,
    });
    const credentials = {
      tls: { ca: server.authority.cert },
      headers: { Authorization: `Bearer ${token}` },
    };
    registry = new SecretEditor(server.admin, 'registry');
    seen = [];
  });

  afterEach(async () => {
    await watcher?.stop();
    await kube.close();
    await server.stop();
  });

  const start = async (limits: Partial<WatchLimits> = {}) => {
    const client = new SecretClient(kube, { namespace: 'default', name: 'registry' });
    watcher = new ObjectWatcher(client, pino({ level: 'silent' }), limits);
    watcher.start(({ object }) => {
      const value = object?.data.get('a');
      seen.push(value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8'));
    });
    await eventually(() => expect(watcher?.status.connected).toBe(true));
    return watcher;
  };
  const expectLast = (value: string | undefined) => eventually(() => expect(seen.at(-1)).toBe(value));
  const listings = () => server.requests.filter((request) => request === `GET ${SECRETS}`).length;

  it('tells what there is, then every change', async () => {
    await start();
    expect(seen).toEqual([undefined]);

    await registry.create({ a: '1' });
    await registry.edit({ a: '2' });
    await registry.delete();

    await eventually(() => expect(seen).toEqual([undefined, '1', '2', undefined]));
  });

  it.each(['end', 'cut'] as const)(
    'is back after the server %ss every stream, and has missed nothing',
    async (how) => {
      await registry.create({ a: '1' });
      await start();
      server.watches[how]();
      await registry.edit({ a: '2' });

      await expectLast('2');
      await eventually(() => expect(server.watches.count).toBe(1));
    },
  );

  it('is back after the server was gone', async () => {
    await registry.create({ a: '1' });
    const { status } = await start();
    await server.refuse();
    await eventually(() =>
      expect(watcher?.status).toMatchObject({ connected: false, failure: { reason: 'connect' } }),
    );
    await server.listen();

    await eventually(() => expect(watcher?.status.connected).toBe(true));
    expect(status.listed).toBe(true);
    expect(seen).not.toContain(undefined);
  });

  it('tells its observer of no change when streams end', async () => {
    await registry.create({ a: '1' });
    await start({ streamSeconds: 1 });

    await eventually(() => expect(listings()).toBeGreaterThanOrEqual(4), { timeoutMs: 5_000 });

    expect(new Set(seen)).toEqual(new Set(['1']));
  });

  it('continues from its newest bookmark, so that a history that was forgotten does not matter', async () => {
    await registry.create({ a: '1' });
    await start();
    const other = new SecretEditor(server.admin, 'other');
    await other.create({ a: 'x' });
    await eventually(() => expect(server.requests.length).toBeGreaterThan(2));
    server.store.compact();
    server.watches.end();
    await registry.edit({ a: '2' });

    await expectLast('2');
  });

  it('lists again at once when its version has expired', async () => {
    await registry.create({ a: '1' });
    server.faults.inject(
      { kind: 'status', status: 410, body: '{"kind":"Status","reason":"Expired","code":410}' },
      { when: ({ watch }) => watch, times: 1 },
    );
    await start();

    expect(seen).toEqual(['1', '1']);
    expect(listings()).toBe(4);
  });

  it('does not let a server that always answers 410 keep it busy', async () => {
    server.faults.inject({ kind: 'status', status: 410 }, { when: ({ watch }) => watch });
    const client = new SecretClient(kube, { namespace: 'default', name: 'registry' });
    watcher = new ObjectWatcher(client, pino({ level: 'silent' }));
    watcher.start(() => undefined);
    await delay(1_000);

    // A loop without a pause makes hundreds.
    expect(listings()).toBeGreaterThan(2);
    expect(listings()).toBeLessThan(40);
  });

  it.each([
    ['a line that is not JSON', 'garbage\n'],
    ['a line that is no event', '{"type":"NEWS","object":{}}\n'],
    ['an event without a Secret', '{"type":"MODIFIED","object":{}}\n'],
    ['an error event', '{"type":"ERROR","object":{"kind":"Status","code":500}}\n'],
  ])('lists again after %s', async (_what, line) => {
    await registry.create({ a: '1' });
    await start();
    server.watches.write(line);

    await eventually(() => expect(seen).toEqual(['1', '1']));
    await registry.edit({ a: '2' });
    await expectLast('2');
  });

  it('lists again after half a line', async () => {
    await registry.create({ a: '1' });
    await start();
    server.watches.write('{"type":"MODIFIED","obj');
    server.watches.end();

    await eventually(() => expect(seen).toEqual(['1', '1']));
  });

  it('lists again when a stream is silent, and then knows what the stream kept to itself', async () => {
    await registry.create({ a: '1' });
    server.watches.mute(true);
    await start({ silenceMs: 300 });
    await registry.edit({ a: '2' });

    await expectLast('2');
  });

  it('takes a list that hangs for a failure and tries again', async () => {
    await registry.create({ a: '1' });
    server.faults.inject({ kind: 'hang' }, { times: 1 });
    await start({ listTimeoutMs: 100 });

    expect(seen).toEqual(['1']);
  });

  it('takes a watch that does not begin for a failure and tries again', async () => {
    await registry.create({ a: '1' });
    server.faults.inject({ kind: 'hang' }, { when: ({ watch }) => watch, times: 1 });
    await start({ openTimeoutMs: 100 });

    await registry.edit({ a: '2' });
    await expectLast('2');
  });

  it('does not take back what a later look has seen when a list was on its way for long', async () => {
    await registry.create({ a: '1' });
    const started = await start();
    server.faults.inject({ kind: 'late-answer', ms: 600 }, { when: ({ watch }) => !watch, times: 1 });
    server.watches.cut();
    await eventually(() => expect(listings()).toBe(3));
    await registry.edit({ a: '2' });
    await started.lookNow();
    expect(seen.at(-1)).toBe('2');

    await eventually(() => expect(started.status.connected).toBe(true));

    expect(seen.slice(seen.indexOf('2'))).not.toContain('1');
  });

  it('forgets why it was lost when it is stopped', async () => {
    const started = await start();
    await server.refuse();
    await eventually(() => expect(started.status.failure).toBeDefined());

    await started.stop();

    expect(started.status).toMatchObject({ connected: false, listed: false });
    expect(started.status.failure).toBeUndefined();
    await server.listen();
  });

  it('looks at once when it is asked to, and is not confused by older events', async () => {
    await registry.create({ a: '1' });
    const started = await start();
    server.watches.mute(true);
    await registry.edit({ a: '2' });
    await started.lookNow();
    expect(seen).toEqual(['1', '2']);

    const old = (await registry.read())?.metadata ?? {};
    server.watches.mute(false);
    server.watches.write(
      `${JSON.stringify({ type: 'MODIFIED', object: { kind: 'Secret', type: 'Opaque', metadata: { ...old, resourceVersion: '1' }, data: {} } })}\n`,
    );
    await registry.edit({ a: '3' });

    await eventually(() => expect(seen).toEqual(['1', '2', '3']));
  });

  it('stops for good, also twice and before it started', async () => {
    const idle = new ObjectWatcher(
      new SecretClient(kube, { namespace: 'default', name: 'x' }),
      pino({ level: 'silent' }),
    );
    await idle.stop();
    await registry.create({ a: '1' });
    const started = await start();
    await started.stop();
    await started.stop();
    await registry.edit({ a: '2' });

    await eventually(() => expect(server.watches.count).toBe(0));
    expect(seen).toEqual(['1']);
  });
});
