import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { primusLensEntry } from '../support/entries.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { lensSource, predecessorProxy } from '../support/lens-objects.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { DocsWalk, type InPlaceOf } from './docs-walk.ts';
import { Fleet } from './fleet.ts';

const PAGE = 'docs/migration.md';
const NAMESPACE = 'primus-lens';
const NAME = 'config-exporter-multi-cluster-config-exporter';
const OLD = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/multi-cluster-config-exporter`;
const RENDERED =
  'helm template $1 -n primus-lens -f helm/values-primus-lens.yaml --set podDisruptionBudget.enabled=false';

/** The chart wants an API server that knows policy/v1, which not every one here does, and nobody runs pods. */
const IN_PLACE_OF: readonly InPlaceOf[] = [
  [
    /^helm install (\S+ \S+) --kube-context hub -n primus-lens -f helm\/values-primus-lens\.yaml (.*)$/gm,
    `${RENDERED} $2 --skip-tests | kubectl --context hub apply -n primus-lens -f -`,
  ],
  [
    /^helm uninstall --kube-context hub -n primus-lens (\S+)$/gm,
    `${RENDERED.replace('$1', '$1 helm')} --skip-tests | kubectl --context hub delete -n primus-lens -f -`,
  ],
  [/^kubectl --context hub -n primus-lens rollout status .*$/gm, ':'],
];

/** Clusters that the old exporter published; the last one is its own hub. */
const PUBLISHED = ['default', 'east', 'west'];

describe('the migration from the exporter of Primus-Lens, command by command', () => {
  let fleet: Fleet;
  let walk: DocsWalk;
  let registry: SecretEditor;
  let aggregate: SecretEditor;
  let exporter: ExporterProcess;

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west']);
    walk = await DocsWalk.start(fleet, IN_PLACE_OF);
    registry = new SecretEditor(fleet.hub.admin, 'primus-lens-multi-k8s-config', NAMESPACE);
    aggregate = new SecretEditor(fleet.hub.admin, 'primus-lens-multi-storage-config', NAMESPACE);
    const servers = [fleet.hub, ...fleet.clusters.values()];
    for (const { admin } of servers)
      await admin.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }]);
    for (const name of ['east', 'west']) {
      const source = new SecretEditor(fleet.cluster(name).admin, 'primus-lens-storage-config', NAMESPACE);
      await source.create(lensSource());
    }
    await registry.create({ east: await entry('east'), west: await entry('west') });
    // As the old one wrote it: of west it knew a state that is old by now.
    await aggregate.create(
      Object.fromEntries(
        PUBLISHED.map((name) => [name, valueOf({ ...lensSource(), postgres: '{"old":1}\n' })]),
      ),
    );
    await fleet.hub.admin.must('POST', OLD.slice(0, OLD.lastIndexOf('/')), { body: oldDeployment() });
  });

  afterAll(async () => {
    await walk?.stop();
    await fleet?.stop();
  });

  /** What Go's json.Marshal makes of the data of a source. */
  const valueOf = (source: Record<string, string>) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(source)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      ),
    );
  /** In the form of Primus-Lens; its installer grants the reader of each cluster much more than this. */
  const entry = async (name: string): Promise<string> => {
    const server = fleet.cluster(name);
    const metadata = { name: 'lens-reader', namespace: NAMESPACE };
    const group = 'rbac.authorization.k8s.io';
    await server.admin.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      {
        apiVersion: `${group}/v1`,
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }],
      },
      {
        apiVersion: `${group}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: group, kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    ]);
    const token = await server.serviceAccountToken(NAMESPACE, metadata.name);
    return primusLensEntry({ server: server.url, ca: server.authority.cert, token });
  };
  const oldDeployment = () => ({
    metadata: { name: 'multi-cluster-config-exporter' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'old' } },
      template: {
        metadata: { labels: { app: 'old' } },
        spec: { containers: [{ name: 'exporter', image: 'registry.example/old' }] },
      },
    },
  });
  const oldReplicas = async () =>
    ((await fleet.hub.admin.must('GET', OLD)).spec as { replicas: number }).replicas;
  const contents = async () => Object.fromEntries(await aggregate.data());

  it('tells which generation it was', async () => {
    expect(
      await walk.follow(PAGE, 'Which one you have', { only: (block) => block.includes('get services') }),
    ).toBe('');

    const { service } = predecessorProxy('postgres', 'east', {
      port: 5432,
      nodePort: 30432,
      ips: ['10.20.0.1'],
    });
    const services = `/api/v1/namespaces/${NAMESPACE}/services`;
    await fleet.hub.admin.must('POST', services, {
      body: { ...service, metadata: { ...service.metadata, namespace: NAMESPACE } },
    });

    expect(
      await walk.follow(PAGE, 'Which one you have', { only: (block) => block.includes('get services') }),
    ).toMatch(/^primus-lens-postgres-east /m);
    await fleet.hub.admin.must('DELETE', `${services}/primus-lens-postgres-east`);
  });

  it('over: the aggregate goes from one to the other, and no key is lost', async () => {
    const before = await contents();

    const printed = await walk.follow(PAGE, 'Over');

    expect(printed).toMatch(/^default \d+\neast \d+\nwest \d+$/m);
    expect(await oldReplicas()).toBe(0);
    expect(await contents()).toEqual(before);
    exporter = await walk.startPod(NAME, NAMESPACE);
    await exporter.waitUntilReady();
    // The hub itself is in no registry, so its key goes; the others are those of the sources now.
    await eventually(async () =>
      expect(await contents()).toEqual({ east: valueOf(lensSource()), west: valueOf(lensSource()) }),
    );
    await eventually(async () => expect((await exporter.status()).problems).toEqual([]));
  });

  it('goes on as the old one would, whoever made the aggregate', async () => {
    const source = new SecretEditor(fleet.cluster('east').admin, 'primus-lens-storage-config', NAMESPACE);
    const { postgres } = lensSource({ password: 'another' });
    await source.edit({ postgres: postgres ?? '' });

    await eventually(async () =>
      expect((await contents()).east).toBe(valueOf({ ...lensSource(), postgres: postgres ?? '' })),
    );
  });

  it('back: the old one runs again, and finds the aggregate as it was', async () => {
    const before = await contents();
    await exporter.stop();

    await walk.follow(PAGE, 'Back');

    expect(await oldReplicas()).toBe(1);
    expect(await contents()).toEqual(before);
    // What its Go client decodes: type and data, and nothing that it did not know.
    expect(await aggregate.read()).toMatchObject({ type: 'Opaque', metadata: { namespace: NAMESPACE } });
    const { items = [] } = await fleet.hub.admin.must(
      'GET',
      `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
    );
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['multi-cluster-config-exporter']);
    expect(walk.notRun).toEqual([
      expect.stringMatching(/^kubectl --context hub -n primus-lens rollout status /),
    ]);
  });
});
