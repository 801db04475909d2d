import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClusterClient } from '../../src/kube/http/cluster-client.ts';
import type { KubeClient } from '../../src/kube/http/kube-client.ts';
import { CollectionClient } from '../../src/kube/objects/collection-client.ts';
import { ObjectClient } from '../../src/kube/objects/object-client.ts';
import { type ObjectMetadata, SECRET_METADATA } from '../../src/kube/objects/object-metadata.ts';
import { SecretClient } from '../../src/kube/objects/secret-client.ts';
import { SECRET, type SecretSnapshot } from '../../src/kube/objects/secret-snapshot.ts';
import type { WatchEvent } from '../../src/kube/watching/watch-events.ts';
import type { ApiClient, KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { API_SERVERS, type ApiServerUnderTest } from './api-servers.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const limit = () => AbortSignal.timeout(10_000);

describe.each(Object.entries(API_SERVERS))('%s', (_name, start) => {
  let server: ApiServerUnderTest;
  let admin: ApiClient;
  let kube: KubeClient;
  let count = 0;
  /** A name of its own for each test. */
  let name: string;

  beforeAll(async () => {
    server = await start();
    admin = server.admin;
    const token = await server.tokenFor([
      { verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'], resource: 'secrets' },
    ]);
    kube = createClusterClient(
      { server: new URL(server.url), tls: { ca: server.ca }, bearerToken: token },
      5_000,
    );
  });

  afterAll(async () => {
    await kube?.close();
    await server?.stop();
  });

  beforeEach(() => {
    name = `secret-${++count}`;
  });

  const secret = (fields: KubeObject = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    ...fields,
  });
  const create = (fields?: KubeObject) => admin.must('POST', SECRETS, { body: secret(fields) });
  const get = () => admin.must('GET', `${SECRETS}/${name}`);
  const apply = (manager: string, body: KubeObject, force = true) =>
    admin.request('PATCH', `${SECRETS}/${name}?fieldManager=${manager}&force=${force}`, {
      body,
      contentType: APPLY,
    });
  const merge = (body: unknown) => admin.request('PATCH', `${SECRETS}/${name}`, { body, contentType: MERGE });

  describe('get, create, update, delete', () => {
    it('keeps a Secret and counts its versions up', async () => {
      const created = await create({ data: { a: base64('1') } });
      const updated = await admin.must('PUT', `${SECRETS}/${name}`, {
        body: { ...created, data: { a: base64('2') } },
      });

      expect(created).toMatchObject({
        kind: 'Secret',
        apiVersion: 'v1',
        type: 'Opaque',
        data: { a: base64('1') },
      });
      expect(created.metadata).toMatchObject({ name, namespace: 'default', uid: expect.any(String) });
      expect(BigInt(version(updated))).toBeGreaterThan(BigInt(version(created)));
      expect(await get()).toMatchObject({ data: { a: base64('2') } });
    });

    it('answers 404 NotFound with the name for a Secret that does not exist', async () => {
      const answer = await admin.request('GET', `${SECRETS}/${name}`);

      expect(answer).toMatchObject({
        status: 404,
        body: { kind: 'Status', reason: 'NotFound', details: { name, kind: 'secrets' } },
      });
    });

    it('answers 409 AlreadyExists for a second creation', async () => {
      await create();

      expect(await admin.request('POST', SECRETS, { body: secret() })).toMatchObject({
        status: 409,
        body: { reason: 'AlreadyExists' },
      });
    });

    it('answers 409 Conflict for an update of an old version', async () => {
      const old = await create({ data: { a: base64('1') } });
      await merge({ data: { a: base64('2') } });

      const answer = await admin.request('PUT', `${SECRETS}/${name}`, {
        body: { ...old, data: { a: base64('3') } },
      });

      expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    });

    it('answers 404 after a deletion', async () => {
      await create();
      await admin.must('DELETE', `${SECRETS}/${name}`);

      expect((await admin.request('GET', `${SECRETS}/${name}`)).status).toBe(404);
    });

    it('keeps keys that are traps for JavaScript, and empty values', async () => {
      const body = `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"${name}"},"data":{"__proto__":"QQ==","constructor":"Qg==","10":"","9":null}}`;
      await admin.must('POST', SECRETS, { body });

      const { data } = await new SecretClient(kube, { namespace: 'default', name }).get(limit());

      expect(data).toEqual(
        new Map([
          ['9', ''],
          ['10', ''],
          ['__proto__', 'QQ=='],
          ['constructor', 'Qg=='],
        ]),
      );
    });
  });

  describe('what is refused', () => {
    it('answers 400 for data that is not base64', async () => {
      expect(await admin.request('POST', SECRETS, { body: secret({ data: { a: '%%%' } }) })).toMatchObject({
        status: 400,
        body: { reason: 'BadRequest' },
      });
    });

    it('answers 422 for a key that is none', async () => {
      expect(await admin.request('POST', SECRETS, { body: secret({ data: { 'a/b': '' } }) })).toMatchObject({
        status: 422,
        body: { reason: 'Invalid' },
      });
    });

    it('takes exactly 1 MiB of data and answers 422 for one byte more', async () => {
      const full = Buffer.alloc(1024 * 1024).toString('base64');
      const overfull = Buffer.alloc(1024 * 1024 + 1).toString('base64');

      expect((await admin.request('POST', SECRETS, { body: secret({ data: { a: overfull } }) })).status).toBe(
        422,
      );
      expect((await admin.request('POST', SECRETS, { body: secret({ data: { a: full } }) })).status).toBe(
        201,
      );
    });

    it('answers 413 for a body above 3 MiB', async () => {
      const body = secret({ data: { a: Buffer.alloc(3 * 1024 * 1024).toString('base64') } });

      expect(await admin.request('POST', SECRETS, { body })).toMatchObject({
        status: 413,
        body: { reason: 'RequestEntityTooLarge' },
      });
    });

    it('answers 422 for another type, and for a change of an immutable Secret', async () => {
      await create({ data: { a: base64('1') }, immutable: true });

      expect((await merge({ type: 'other' })).status).toBe(422);
      expect((await merge({ data: { a: base64('2') } })).status).toBe(422);
      expect((await apply('test', secret({ data: { a: base64('2') } }))).status).toBe(422);
    });

    it('answers 405 for a verb that the path does not have', async () => {
      expect((await admin.request('PUT', SECRETS, { body: secret() })).status).toBe(405);
    });
  });

  describe('list and watch', () => {
    const ref = () => ({ namespace: 'default', name });

    it('lists one Secret by its name, with a version to watch from', async () => {
      const client = new SecretClient(kube, ref());
      const before = await client.list(limit());
      await create({ data: { a: base64('1') } });
      const after = await client.list(limit());

      expect(before.object).toBeUndefined();
      expect(after.object?.data).toEqual(new Map([['a', base64('1')]]));
      expect(BigInt(after.resourceVersion)).toBeGreaterThanOrEqual(
        BigInt(after.object?.resourceVersion ?? '0'),
      );
    });

    it('lists only what carries a label', async () => {
      await create({ metadata: { name, labels: { colour: name } } });

      const list = async (value: string) =>
        (await admin.must('GET', `${SECRETS}?labelSelector=colour%3D${value}`)).items ?? [];

      expect((await list(name)).map(({ metadata }) => metadata?.name)).toEqual([name]);
      expect(await list('none')).toEqual([]);
    });

    it('lists a collection in pages of one version, and refuses a page that it does not know', async () => {
      const labels = { page: name };
      for (const each of ['a', 'b', 'c']) await create({ metadata: { name: `${name}-${each}`, labels } });
      const page = (more: string) =>
        admin.request('GET', `${SECRETS}?labelSelector=page%3D${name}&limit=2${more}`);
      const first = await admin.must('GET', `${SECRETS}?labelSelector=page%3D${name}&limit=2`);
      await admin.must('DELETE', `${SECRETS}/${name}-c`);
      const token = (first.metadata as { continue?: string }).continue ?? '';
      const second = await admin.must(
        'GET',
        `${SECRETS}?labelSelector=page%3D${name}&limit=2&continue=${encodeURIComponent(token)}`,
      );

      expect((first.items as KubeObject[]).map(({ metadata }) => metadata?.name)).toEqual([
        `${name}-a`,
        `${name}-b`,
      ]);
      expect((second.items as KubeObject[]).map(({ metadata }) => metadata?.name)).toEqual([`${name}-c`]);
      expect(version(second)).toBe(version(first));
      expect(second.metadata).not.toHaveProperty('continue');
      expect((await page('&continue=nonsense')).status).toBeGreaterThanOrEqual(400);
    });

    it('tells of an object that begins to carry a label as added, and as deleted once it does not', async () => {
      const client = new CollectionClient(kube, SECRET, {
        namespace: 'default',
        labelSelector: `watched=${name}`,
      });
      const { resourceVersion } = await client.list(limit());
      await create();
      await merge({ metadata: { labels: { watched: name } } });
      await merge({ data: { a: base64('1') } });
      await merge({ metadata: { labels: { watched: null } } });
      await create({ metadata: { name: `${name}-b`, labels: { watched: name } } });
      await admin.must('DELETE', `${SECRETS}/${name}-b`);

      const seen: unknown[] = [];
      for await (const event of await client.watch(resourceVersion, 5, limit())) {
        if (event.type === 'BOOKMARK') continue;
        seen.push([...event.object.items.values()].map((item) => [item.name, [...item.object.data.keys()]]));
        if (seen.length === 5) break;
      }

      expect(seen).toEqual([[[name, []]], [[name, ['a']]], [], [[`${name}-b`, []]], []]);
    });

    it('tells of every change after the version, of this Secret alone, in order', async () => {
      const client = new SecretClient(kube, ref());
      const { resourceVersion } = await client.list(limit());
      const events = collect(await client.watch(resourceVersion, 30, limit()));

      await create({ data: { a: base64('1') } });
      await admin.must('POST', SECRETS, { body: { ...secret(), metadata: { name: `${name}-other` } } });
      await merge({ data: { a: base64('2') } });
      await admin.must('DELETE', `${SECRETS}/${name}`);

      await eventually(() => expect(events).toHaveLength(3));
      expect(events.map(summary)).toEqual([
        ['ADDED', base64('1')],
        ['MODIFIED', base64('2')],
        ['DELETED', base64('2')],
      ]);
      const versions = events.map((event) =>
        BigInt(event.type === 'BOOKMARK' ? 0 : event.object.resourceVersion),
      );
      expect(versions).toEqual(versions.toSorted((a, b) => Number(a - b)));
      expect(new Set(versions).size).toBe(3);
    });

    it('repeats what happened between the version and the watch', async () => {
      const client = new SecretClient(kube, ref());
      await create({ data: { a: base64('1') } });
      const { resourceVersion } = await client.list(limit());
      await merge({ data: { a: base64('2') } });

      const events = collect(await client.watch(resourceVersion, 30, limit()));

      await eventually(() => expect(events.map(summary)).toEqual([['MODIFIED', base64('2')]]));
    });

    it('ends a stream in good order after timeoutSeconds', async () => {
      const client = new SecretClient(kube, ref());
      const { resourceVersion } = await client.list(limit());
      const startedAt = performance.now();

      const events = [];
      for await (const event of await client.watch(resourceVersion, 1, limit())) events.push(event);

      expect(events.filter(({ type }) => type !== 'BOOKMARK')).toEqual([]);
      expect(performance.now() - startedAt).toBeGreaterThan(900);
    });

    it('sends a bookmark with a version before it ends a stream', async () => {
      const client = new SecretClient(kube, ref());
      const { resourceVersion } = await client.list(limit());

      const stream = await client.watch(resourceVersion, 5, limit());
      // Not every version of Kubernetes sends one if nothing at all has changed.
      await admin.must('POST', SECRETS, { body: { ...secret(), metadata: { name: `${name}-other` } } });
      const bookmarks: WatchEvent<SecretSnapshot>[] = [];
      for await (const event of stream) {
        if (event.type === 'BOOKMARK') bookmarks.push(event);
      }

      expect(bookmarks[0]).toMatchObject({
        type: 'BOOKMARK',
        resourceVersion: expect.stringMatching(/^\d+$/),
      });
    });

    it('answers 410 Expired for a watch from a version that it has forgotten', async () => {
      const client = new SecretClient(kube, ref());
      const old = await create({ data: { a: base64('1') } });
      await merge({ data: { a: base64('2') } });
      await server.forgetHistory();

      const follow = async () => {
        for await (const _event of await client.watch(version(old), 5, limit()));
      };

      await expect(follow()).rejects.toMatchObject({ status: 410, statusReason: 'Expired' });
    });

    it('ends a watch from a version that is not to be had with an error', async () => {
      const client = new SecretClient(kube, ref());

      const follow = async () => {
        for await (const _event of await client.watch('not-a-version', 1, limit()));
      };

      await expect(follow()).rejects.toMatchObject({ code: 'MCCE_KUBE_REQUEST_FAILED' });
    });

    it('is refused what somebody else holds with another value, and adds what nobody holds', async () => {
      const client = new SecretClient(kube, ref());
      await create({ metadata: { name }, data: { theirs: base64('1') } });
      const application = (data: Record<string, string>) =>
        client.apply(
          { labels: {}, annotations: {}, data: new Map(Object.entries(data)) },
          { signal: limit() },
        );

      await expect(application({ theirs: base64('2') })).rejects.toMatchObject({ status: 409 });
      expect([...(await application({ ours: base64('3') })).data.keys()].toSorted()).toEqual([
        'ours',
        'theirs',
      ]);
    });

    it('hears of nothing when an apply changes nothing', async () => {
      const client = new SecretClient(kube, ref());
      const application = { labels: {}, annotations: {}, data: new Map([['a', base64('1')]]) };
      const created = await client.apply(application, { signal: limit() });
      const again = await client.apply(application, { signal: limit() });

      expect(again.resourceVersion).toBe(created.resourceVersion);
    });
  });

  describe('server-side apply', () => {
    it('creates with 201 and updates with 200', async () => {
      const first = await apply('ours', secret({ data: { a: base64('1') } }));
      const second = await apply('ours', secret({ data: { a: base64('2') } }));

      expect([first.status, second.status]).toEqual([201, 200]);
      expect((await get()).data).toEqual({ a: base64('2') });
    });

    it('removes a key that the manager stops applying', async () => {
      await apply('ours', secret({ data: { a: base64('1'), b: base64('2') } }));
      await apply('ours', secret({ data: { a: base64('1') } }));

      expect((await get()).data).toEqual({ a: base64('1') });
    });

    it('leaves what others own: labels, annotations and keys', async () => {
      await create({
        metadata: { name, labels: { theirs: 'x' }, annotations: { theirs: 'y' } },
        data: { theirs: base64('1') },
      });
      await apply('ours', secret({ metadata: { name, labels: { ours: 'z' } }, data: { ours: base64('2') } }));

      const merged = await get();

      expect(merged.metadata?.labels).toEqual({ theirs: 'x', ours: 'z' });
      expect(merged.metadata?.annotations).toEqual({ theirs: 'y' });
      expect(merged.data).toEqual({ theirs: base64('1'), ours: base64('2') });
    });

    it('answers 409 for a field of another manager, and takes it by force', async () => {
      await apply('theirs', secret({ data: { a: base64('1') } }));

      const refused = await apply('ours', secret({ data: { a: base64('2') } }), false);
      const forced = await apply('ours', secret({ data: { a: base64('2') } }));

      expect(refused).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
      expect(forced.body.data).toEqual({ a: base64('2') });
    });

    it('keeps a key that another manager applies as well, when one stops', async () => {
      await apply('theirs', secret({ data: { a: base64('1') } }));
      await apply('ours', secret({ data: { a: base64('1'), b: base64('2') } }));
      await apply('ours', secret({ data: { b: base64('2') } }));

      expect((await get()).data).toEqual({ a: base64('1'), b: base64('2') });
    });

    it('takes a hand-edited field back, and its key goes when it is no more applied', async () => {
      await apply('ours', secret({ data: { a: base64('1') } }));
      await merge({ data: { a: base64('edited') } });
      await apply('ours', secret({ data: { a: base64('1'), b: base64('2') } }));
      const restored = await get();
      await apply('ours', secret({ data: { b: base64('2') } }));

      expect(restored.data).toEqual({ a: base64('1'), b: base64('2') });
      expect((await get()).data).toEqual({ b: base64('2') });
    });

    it('names the manager of what was applied', async () => {
      const { body } = await apply('ours', secret({ data: { a: base64('1') } }));

      const [owner] = body.metadata?.managedFields ?? [];

      expect(owner).toMatchObject({ manager: 'ours', operation: 'Apply' });
      expect(owner?.fieldsV1).toMatchObject({ 'f:data': { 'f:a': {} } });
    });

    it('answers 409 Conflict when it names a version that is not the newest', async () => {
      const old = await create({ data: { a: base64('1') } });
      await merge({ data: { a: base64('2') } });

      const answer = await apply('ours', secret({ metadata: { name, resourceVersion: version(old) } }));

      expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    });

    it('answers 422 without a field manager', async () => {
      const answer = await admin.request('PATCH', `${SECRETS}/${name}`, {
        body: secret(),
        contentType: APPLY,
      });

      expect(answer.status).toBe(422);
    });
  });

  describe('merge patch', () => {
    it('sets and removes keys, whoever owns them', async () => {
      await apply('theirs', secret({ data: { a: base64('1'), b: base64('2') } }));

      const { body } = await merge({ data: { a: null, c: base64('3') } });

      expect(body.data).toEqual({ b: base64('2'), c: base64('3') });
    });

    it('answers 404 for what does not exist', async () => {
      expect((await merge({ data: {} })).status).toBe(404);
    });

    it('answers 409 Conflict when it names a version that is not the newest', async () => {
      const old = await create({ data: { a: base64('1') } });
      await merge({ data: { a: base64('2') } });

      const client = new SecretClient(kube, { namespace: 'default', name });

      await expect(
        client.edit({ data: new Map([['a', null]]) }, version(old), { signal: limit() }),
      ).rejects.toMatchObject({
        status: 409,
      });
    });
  });

  describe('metadata alone', () => {
    const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const ask = async (path: string, accept = PARTIAL, query = {}) =>
      (await kube.json({ method: 'GET', path, query, accept, signal: limit() })) as KubeObject;
    const shape = ({ kind, apiVersion, metadata, ...rest }: KubeObject) => ({
      kind,
      apiVersion,
      name: metadata?.name,
      rest,
    });
    const partial = (rest: object = {}) => ({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      name,
      rest,
    });

    it('is all that an answer holds', async () => {
      const { metadata } = await create({ data: { a: base64('1') } });

      const object = await ask(`${SECRETS}/${name}`);
      const list = await ask(SECRETS, PARTIAL.replace('Metadata;', 'MetadataList;'), {
        fieldSelector: `metadata.name=${name}`,
      });

      expect(shape(object)).toEqual(partial());
      expect(object.metadata).toEqual(metadata);
      expect([list.kind, list.apiVersion, list.items?.map(shape)]).toEqual([
        'PartialObjectMetadataList',
        'meta.k8s.io/v1',
        [partial()],
      ]);
    });

    it('is all that a patch is answered with, though the data are changed', async () => {
      const { metadata: before } = await create({ data: { a: base64('1'), b: base64('2') } });
      const client = new SecretClient(kube, { namespace: 'default', name });
      const edit = {
        labels: { l: 'x' },
        annotations: { n: 'y', gone: null },
        data: new Map([
          ['a', null],
          ['c', base64('3')],
        ]),
      };

      const answer = await client.edit(edit, before?.resourceVersion ?? '', { signal: limit() });

      const { metadata, data } = await get();
      expect(data).toEqual({ b: base64('2'), c: base64('3') });
      expect(answer).toEqual({
        resourceVersion: metadata?.resourceVersion,
        uid: metadata?.uid,
        labels: new Map([['l', 'x']]),
        annotations: new Map([['n', 'y']]),
        owners: metadata?.managedFields?.map(({ manager, time }) => ({ manager, time })),
      });
    });

    it('is all that a watch tells, of changes, the end and in bookmarks', async () => {
      const { metadata } = await create({ data: { a: base64('1') } });
      const client = new ObjectClient(kube, SECRET_METADATA, { namespace: 'default', name });
      const events = await client.watch(metadata?.resourceVersion ?? '', 4, limit());
      await merge({ data: { a: base64('2') } });
      const changed = await get();
      await admin.must('DELETE', `${SECRETS}/${name}`);

      const seen: WatchEvent<ObjectMetadata>[] = [];
      for await (const event of events) seen.push(event);

      const types = seen.map(({ type }) => type);
      expect(types.slice(0, 3)).toEqual(['MODIFIED', 'DELETED', 'BOOKMARK']);
      expect(seen[0]).toMatchObject({
        object: { resourceVersion: changed.metadata?.resourceVersion, labels: new Map() },
      });
      expect(seen[0]?.bytes).toBeLessThan(2_000);
    });

    it('names the newest owner of a field with the time of its change', async () => {
      await create({ data: { a: base64('1') } });
      await apply('theirs', secret({ data: { a: base64('2') } }));

      const { metadata } = await ask(`${SECRETS}/${name}`);

      const owner = metadata?.managedFields?.find(({ manager }) => manager === 'theirs');
      expect(Math.abs(Date.parse(owner?.time ?? '') - Date.now())).toBeLessThan(10_000);
    });
  });

  describe('authentication and authorization', () => {
    it('answers 401 for an unknown token', async () => {
      expect(await admin.request('GET', `${SECRETS}/${name}`, { token: 'unknown' })).toMatchObject({
        status: 401,
        body: { reason: 'Unauthorized' },
      });
    });

    it('tells everybody who is known what it may do, and nobody else', async () => {
      const token = await server.tokenFor([{ verbs: ['get'], resource: 'secrets', names: [name] }]);
      const review = (verb: string, attributes: object, user = token) =>
        admin.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: {
              resourceAttributes: {
                verb,
                group: '',
                resource: 'secrets',
                namespace: 'default',
                ...attributes,
              },
            },
          },
          token: user,
        });

      expect(await review('get', { name })).toMatchObject({
        status: 201,
        body: { status: { allowed: true } },
      });
      expect(await review('get', {})).toMatchObject({ status: 201, body: { status: { allowed: false } } });
      expect(await review('list', { name })).toMatchObject({
        status: 201,
        body: { status: { allowed: false } },
      });
      expect((await review('get', { name }, 'unknown')).status).toBe(401);
    });

    it('answers 403 for a Secret that the rules do not name', async () => {
      const token = await server.tokenFor([{ verbs: ['get'], resource: 'secrets', names: [name] }]);
      await create();

      expect((await admin.request('GET', `${SECRETS}/${name}`, { token })).status).toBe(200);
      expect((await admin.request('GET', `${SECRETS}/other`, { token })).status).toBe(403);
    });

    it('lets list and watch through for the one Secret that the field selector names', async () => {
      const token = await server.tokenFor([{ verbs: ['list', 'watch'], resource: 'secrets', names: [name] }]);
      const selector = `fieldSelector=metadata.name=${name}`;
      const status = async (query: string) =>
        (await admin.request('GET', `${SECRETS}?${query}`, { token })).status;

      expect(await status(selector)).toBe(200);
      expect(await status('')).toBe(403);
      expect(await status('watch=true&timeoutSeconds=1')).toBe(403);
    });

    it('lets an apply create the named Secret, and a POST not', async () => {
      const token = await server.tokenFor([
        { verbs: ['create', 'patch'], resource: 'secrets', names: [name] },
      ]);
      const body = secret();

      const posted = await admin.request('POST', SECRETS, { body, token });
      const applied = await admin.request('PATCH', `${SECRETS}/${name}?fieldManager=ours`, {
        body,
        contentType: APPLY,
        token,
      });

      expect([posted.status, applied.status]).toEqual([403, 201]);
    });

    it('needs the verb create for an apply that creates', async () => {
      const token = await server.tokenFor([{ verbs: ['patch'], resource: 'secrets', names: [name] }]);

      const answer = await admin.request('PATCH', `${SECRETS}/${name}?fieldManager=ours`, {
        body: secret(),
        contentType: APPLY,
        token,
      });

      expect(answer.status).toBe(403);
    });
  });

  describe('Leases and Events', () => {
    it('keeps a Lease and guards it by its version', async () => {
      const spec = {
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        renewTime: '2026-01-01T00:00:00.000000Z',
      };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec };
      const created = await admin.must('POST', LEASES, { body: lease });
      const updated = await admin.must('PUT', `${LEASES}/${name}`, {
        body: { ...created, spec: { ...spec, holderIdentity: 'b' } },
      });
      const late = await admin.request('PUT', `${LEASES}/${name}`, {
        body: { ...created, spec: { ...spec, holderIdentity: 'c' } },
      });

      expect(updated.spec).toMatchObject({ holderIdentity: 'b' });
      expect(late).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    });

    it('takes an Event', async () => {
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'multi-cluster-config-exporter',
        reportingInstance: 'test',
        action: 'Testing',
        reason: 'Tested',
        type: 'Normal',
        regarding: { kind: 'Secret', namespace: 'default', name },
        note: 'A note.',
      };

      const created = await admin.must('POST', EVENTS, { body: event });

      expect(created).toMatchObject({ kind: 'Event', reason: 'Tested', metadata: { name } });
    });
  });
});

function version({ metadata }: KubeObject): string {
  return metadata?.resourceVersion ?? '';
}

/** Reads a stream to its end in the background. */
function collect(stream: AsyncIterable<WatchEvent<SecretSnapshot>>): WatchEvent<SecretSnapshot>[] {
  const events: WatchEvent<SecretSnapshot>[] = [];
  void (async () => {
    for await (const event of stream) if (event.type !== 'BOOKMARK') events.push(event);
  })().catch(() => undefined);
  return events;
}

function summary(event: WatchEvent<SecretSnapshot>): unknown[] {
  return event.type === 'BOOKMARK' ? [event.type] : [event.type, event.object.data.get('a')];
}
