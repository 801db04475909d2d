import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../../../test/sandbox/sandbox-api-server.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { createClusterClient } from '../http/cluster-client.ts';
import type { KubeClient } from '../http/kube-client.ts';
import { SECRET, type SecretSnapshot } from '../objects/secret-snapshot.ts';
import { CollectionWatcher } from './collection-watcher.ts';
import type { WatchLimits } from './object-watcher.ts';

const LABEL = 'example.test/kind';

describe('CollectionWatcher', () => {
  let server: SandboxApiServer;
  let kube: KubeClient;
  let watcher: CollectionWatcher<SecretSnapshot> | undefined;
  /** What the observer was told: names with the value of the key `a`. */
  let seen: Record<string, string>[];

  beforeEach(async () => {
    server = await SandboxApiServer.start('collection', { bookmarkMs: 50 });
    server.authorizer.addUser('watcher', [{ verbs: ['list', 'watch'], resource: 'secrets' }]);
    kube = createClusterClient(
      { server: new URL(server.url), tls: { ca: server.authority.cert }, bearerToken: 'watcher' },
      5_000,
    );
    seen = [];
  });

  afterEach(async () => {
    await watcher?.stop();
    await kube.close();
    await server.stop();
  });

  const path = (namespace: string, name = '') =>
    `/api/v1/namespaces/${namespace}/secrets${name && `/${name}`}`;
  const create = (name: string, value: string, namespace = 'default', labels = { [LABEL]: 'cluster' }) =>
    server.admin.must('POST', path(namespace), {
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, labels },
        data: { a: Buffer.from(value).toString('base64') },
      },
    });
  const merge = (name: string, body: object) =>
    server.admin.must('PATCH', path('default', name), { body, contentType: 'application/merge-patch+json' });
  const remove = (name: string) => server.admin.must('DELETE', path('default', name));
  const start = async (namespaces = ['default'], limits: Partial<WatchLimits> = {}) => {
    const collection = { kind: SECRET, namespaces, labelSelector: `${LABEL}=cluster` };
    watcher = new CollectionWatcher(kube, collection, pino({ level: 'silent' }), limits);
    watcher.start((items) => {
      seen.push(
        Object.fromEntries(
          items.map(({ namespace, name, object }) => [
            `${namespace}/${name}`,
            Buffer.from(object.data.get('a') ?? '', 'base64').toString(),
          ]),
        ),
      );
    });
    await eventually(() => expect(watcher?.status.listed).toBe(true));
    return watcher;
  };
  const expectLast = (items: Record<string, string>) => eventually(() => expect(seen.at(-1)).toEqual(items));

  it('tells what there is, then what comes, changes and goes, of those with the label alone', async () => {
    await create('one', '1');
    await create('other', 'x', 'default', { [LABEL]: 'something' });
    await start();
    await expectLast({ 'default/one': '1' });

    await create('two', '2');
    await expectLast({ 'default/one': '1', 'default/two': '2' });
    await merge('one', { data: { a: Buffer.from('changed').toString('base64') } });
    await expectLast({ 'default/one': 'changed', 'default/two': '2' });
    await remove('two');
    await expectLast({ 'default/one': 'changed' });
    await merge('one', { metadata: { labels: { [LABEL]: null } } });
    await expectLast({});
    await merge('other', { metadata: { labels: { [LABEL]: 'cluster' } } });
    await expectLast({ 'default/other': 'x' });
  });

  it('watches every namespace on its own, and tells nothing before all were listed', async () => {
    await create('one', '1', 'a');
    await create('two', '2', 'b');
    server.faults.inject(
      { kind: 'status', status: 403 },
      { when: ({ path: asked }) => asked.includes('/b/') },
    );
    watcher = undefined;
    const starting = start(['a', 'b']);
    await eventually(() => expect(server.requests.some((request) => request.includes('/b/'))).toBe(true));
    expect(seen).toEqual([]);

    server.faults.clear();
    await starting;

    await expectLast({ 'a/one': '1', 'b/two': '2' });
  });

  it('keeps what it has seen while a namespace cannot be read, and says why', async () => {
    await create('one', '1');
    const { status } = await start();
    await expectLast({ 'default/one': '1' });
    expect(status.failure).toBeUndefined();

    server.faults.inject({ kind: 'status', status: 403 });
    server.watches.cut();

    await eventually(() =>
      expect(watcher?.status).toMatchObject({
        connected: false,
        listed: true,
        failure: { reason: 'forbidden' },
      }),
    );
    expect(seen.at(-1)).toEqual({ 'default/one': '1' });
  });

  it.each(['end', 'cut'] as const)('misses nothing when the server %ss every stream', async (how) => {
    await create('one', '1');
    await start();
    await eventually(() => expect(server.watches.count).toBe(1));

    server.watches[how]();
    await create('two', '2');
    await remove('one');

    await expectLast({ 'default/two': '2' });
  });

  it('lists again after 410, so that what was removed meanwhile is gone', async () => {
    await create('one', '1');
    await create('two', '2');
    await start();
    await expectLast({ 'default/one': '1', 'default/two': '2' });
    await server.refuse();
    server.store.delete(SECRET, 'default', 'one');
    server.store.compact();

    await server.listen();

    await expectLast({ 'default/two': '2' });
  });

  it('lists in pages, and in smaller ones where an answer would be too large', async () => {
    const large = 'x'.repeat(700_000);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) await create(name, large);

    await start();

    await eventually(() => expect(Object.keys(seen.at(-1) ?? {})).toHaveLength(6));
    expect(seen).toHaveLength(1);
  });

  it('tells changes that come fast together, and the last one always', async () => {
    await create('one', '0');
    await start();
    for (let value = 1; value <= 30; value++)
      await merge('one', { data: { a: Buffer.from(String(value)).toString('base64') } });

    await expectLast({ 'default/one': '30' });
    expect(seen.length).toBeLessThan(20);
  });

  it('looks at once when it is asked to', async () => {
    await start();
    server.watches.mute(true);
    await create('one', '1');

    expect(await watcher?.lookNow()).toBe(true);
    expect(seen.at(-1)).toEqual({ 'default/one': '1' });
  });
});
