import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClusterClient } from '../../src/kube/http/cluster-client.ts';
import type { KubeClient } from '../../src/kube/http/kube-client.ts';
import { LeaseClient } from '../../src/kube/objects/lease-client.ts';
import { microTime } from '../../src/kube/objects/micro-time.ts';
import { API_SERVERS, type ApiServerUnderTest } from './api-servers.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

describe.each(Object.entries(API_SERVERS))('a Lease on %s', (_name, startServer) => {
  let server: ApiServerUnderTest;
  let kube: KubeClient;
  let name: string;
  let lease: LeaseClient;
  let count = 0;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(async () => {
    await server?.stop();
  });

  beforeEach(async () => {
    name = `lease-${++count}`;
    const bearerToken = await server.tokenFor([
      { verbs: ['list', 'watch', 'create', 'patch'], resource: 'leases', names: [name] },
    ]);
    await kube?.close();
    kube = createClusterClient({ server: new URL(server.url), tls: { ca: server.ca }, bearerToken }, 5_000);
    lease = new LeaseClient(kube, { namespace: 'default', name });
  });

  afterAll(async () => {
    await kube?.close();
  });

  const limits = () => ({ signal: AbortSignal.timeout(10_000) });
  const fields = (holderIdentity: string) => ({
    holderIdentity,
    leaseDurationSeconds: 15,
    acquireTime: microTime(new Date(0)),
    renewTime: microTime(new Date(123)),
    leaseTransitions: 7,
  });

  it('is created by name, held by nobody', async () => {
    const created = await lease.ensure(limits());

    expect(created).toMatchObject({ holder: '', renewTime: '', transitions: 0 });
    expect((await lease.list(limits().signal)).object).toEqual(created);
  });

  it('keeps its holder when it is created again', async () => {
    const { resourceVersion } = await lease.ensure(limits());
    const held = await lease.update(resourceVersion, fields('one'), limits());

    const again = await lease.ensure(limits());

    // The version may be another: the server notes who applied what.
    expect(again).toEqual({ ...held, resourceVersion: again.resourceVersion });
  });

  it('keeps every field of its holder', async () => {
    const { resourceVersion } = await lease.ensure(limits());

    expect(await lease.update(resourceVersion, fields('one'), limits())).toMatchObject({
      holder: 'one',
      renewTime: '1970-01-01T00:00:00.123000Z',
      transitions: 7,
    });
  });

  it('can be given back', async () => {
    const { resourceVersion } = await lease.ensure(limits());
    const held = await lease.update(resourceVersion, fields('one'), limits());

    const free = await lease.update(held.resourceVersion, { holderIdentity: '' }, limits());

    expect(free).toMatchObject({ holder: '', transitions: 7 });
  });

  it('goes to one of two that take it at the same moment', async () => {
    const { resourceVersion } = await lease.ensure(limits());

    const takings = await Promise.allSettled(
      ['one', 'two'].map((holder) => lease.update(resourceVersion, fields(holder), limits())),
    );

    const winner = takings.find(({ status }) => status === 'fulfilled');
    const loser = takings.find(({ status }) => status === 'rejected');
    expect(winner).toMatchObject({ value: { holder: expect.stringMatching(/one|two/) } });
    expect(loser).toMatchObject({ reason: { status: 409 } });
  });

  it('answers 404 to a renewal after it was deleted', async () => {
    const { resourceVersion } = await lease.ensure(limits());
    await server.admin.must('DELETE', `${LEASES}/${name}`);

    await expect(lease.update(resourceVersion, fields('one'), limits())).rejects.toMatchObject({
      status: 404,
    });
  });

  it('tells who watches it of every change', async () => {
    const { resourceVersion } = await lease.ensure(limits());
    const events = await lease.watch(resourceVersion, 5, limits().signal);
    await lease.update(resourceVersion, fields('one'), limits());

    for await (const event of events) {
      if (event.type === 'BOOKMARK') continue;
      expect(event).toMatchObject({ type: 'MODIFIED', object: { holder: 'one' } });
      break;
    }
  });
});
