import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { Fleet } from './fleet.ts';

const ROLES = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles';
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

describe('the documented RBAC', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  /** Whether the exporter may do something on the hub, as the API server itself says. */
  const mayOnHub = async (verb: string, resource: string, name?: string, namespace = 'default') => {
    const token = await fleet.exporterToken();
    const group = { leases: 'coordination.k8s.io', events: 'events.k8s.io' }[resource] ?? '';
    return await review(verb, { group, resource, namespace, ...(name !== undefined && { name }) }, token);
  };
  const review = async (verb: string, attributes: object, token: string, admin = fleet.hub.admin) => {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, ...attributes } },
    };
    const answer = await admin.must('POST', REVIEWS, { body, token });
    return (answer.status as { allowed: boolean }).allowed;
  };

  it('lets the exporter do on the hub what it needs', async () => {
    for (const verb of ['list', 'watch'])
      expect(await mayOnHub(verb, 'secrets', 'multi-k8s-config')).toBe(true);
    for (const verb of ['list', 'watch', 'create', 'patch']) {
      expect(await mayOnHub(verb, 'secrets', 'multi-storage-config')).toBe(true);
      expect(await mayOnHub(verb, 'leases', 'multi-cluster-config-exporter')).toBe(true);
    }
    expect(await mayOnHub('create', 'events')).toBe(true);
  });

  it('lets it do nothing more', async () => {
    for (const verb of ['get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'])
      expect(await mayOnHub(verb, 'events')).toBe(false);
    for (const verb of ['get', 'create', 'update', 'patch', 'delete', 'deletecollection']) {
      expect(await mayOnHub(verb, 'secrets', 'multi-k8s-config')).toBe(false);
    }
    for (const verb of ['get', 'update', 'delete', 'deletecollection']) {
      expect(await mayOnHub(verb, 'secrets', 'multi-storage-config')).toBe(false);
      expect(await mayOnHub(verb, 'leases', 'multi-cluster-config-exporter')).toBe(false);
    }
    for (const verb of ['get', 'list', 'watch', 'create', 'patch', 'delete']) {
      expect(await mayOnHub(verb, 'secrets')).toBe(false);
      expect(await mayOnHub(verb, 'secrets', 'other')).toBe(false);
      expect(await mayOnHub(verb, 'secrets', 'multi-storage-config', 'kube-system')).toBe(false);
      expect(await mayOnHub(verb, 'configmaps')).toBe(false);
      expect(await mayOnHub(verb, 'leases')).toBe(false);
    }
  });

  it('lets the reader read and watch the source and nothing more', async () => {
    const { token } = await fleet.access('east');
    const { admin } = fleet.cluster('east');
    const may = (verb: string, name: string) =>
      review(verb, { resource: 'secrets', namespace: 'default', name }, token, admin);

    for (const verb of ['get', 'list', 'watch']) expect(await may(verb, 'storage-config')).toBe(true);
    for (const verb of ['create', 'update', 'patch', 'delete'])
      expect(await may(verb, 'storage-config')).toBe(false);
    expect(await may('get', 'other')).toBe(false);
  });

  describe('without one of its verbs', () => {
    const path = `${ROLES}/multi-cluster-config-exporter`;
    const withoutVerb = async (ruleIndex: number, verb: string, check: () => Promise<void>) => {
      const role = await fleet.hub.admin.must('GET', path);
      const rules = (role.rules as { verbs: string[] }[]).map((rule, index) =>
        index === ruleIndex ? { ...rule, verbs: rule.verbs.filter((candidate) => candidate !== verb) } : rule,
      );
      await fleet.hub.admin.must('PUT', path, { body: { ...role, rules } });
      try {
        await check();
      } finally {
        await fleet.reset();
        await restore(role);
      }
    };
    const restore = async ({ rules }: KubeObject) => {
      const current = await fleet.hub.admin.must('GET', path);
      await fleet.hub.admin.must('PUT', path, { body: { ...current, rules } });
    };
    const prepare = async (settings: Record<string, string> = {}) => {
      await fleet.source('east').create({ a: '1' });
      await fleet.registry.create({ east: await fleet.entry('east') });
      return await fleet.startExporter(settings);
    };

    it.each(['list', 'watch'])('%s on the registry, the status says forbidden', async (verb) => {
      await withoutVerb(0, verb, async () => {
        const exporter = await prepare();

        await eventually(async () => {
          expect((await exporter.status()).registry.watch).toMatchObject({
            connected: false,
            failure: { reason: 'forbidden' },
          });
        });
      });
    });

    it.each(['list', 'watch'])('%s on the aggregate, the status says forbidden', async (verb) => {
      await withoutVerb(1, verb, async () => {
        const exporter = await prepare();

        await eventually(async () => {
          expect((await exporter.status()).aggregate.watch).toMatchObject({
            connected: false,
            failure: { reason: 'forbidden' },
          });
        });
      });
    });

    it.each(['list', 'create', 'patch'])('%s on the Lease, it never leads and says why', async (verb) => {
      await withoutVerb(2, verb, async () => {
        const exporter = await prepare({ MCCE_LEADER_ELECTION: 'true' });

        await eventually(() => expect(exporter.output).toContain('"reason":"forbidden"'));
        expect((await exporter.status()).leadership.role).toBe('unknown');
        expect((await exporter.get('/readyz')).status).toBe(503);
      });
    });

    it('watch on the Lease, a standby says forbidden', async () => {
      await withoutVerb(2, 'watch', async () => {
        await fleet.lease.give('another');
        const exporter = await prepare({ MCCE_LEADER_ELECTION: 'true' });

        await eventually(async () => {
          expect((await exporter.status()).leadership).toMatchObject({
            role: 'standby',
            election: { watch: { connected: false, failure: { reason: 'forbidden' } } },
          });
        });
      });
    });

    it.each(['create', 'patch'])('%s on the aggregate, publishing fails and says so', async (verb) => {
      await withoutVerb(1, verb, async () => {
        const exporter = await prepare();

        await eventually(async () => {
          expect((await exporter.status()).aggregate).toMatchObject({
            state: 'failing',
            message: expect.stringContaining('permission'),
          });
        });
      });
    });
  });
});
