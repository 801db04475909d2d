import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/api-client.ts';
import { CLUSTER_PROFILE_CRD } from '../support/cluster-profile-crd.ts';
import { kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import {
  aClusterApiKubeconfig,
  aLabelledSecret,
  anArgocdCluster,
  anIstioRemoteSecret,
} from '../support/registry-objects.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import { mcce as runMcce } from '../support/mcce.ts';
import { EXPORTER_LABELS, Fleet } from './fleet.ts';
import { createPod, deletePod } from './pod-object.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** Where each kind of registry has its objects, and which kind RBAC has to grant there. */
const PLACES = [
  ['default', '', 'secrets'],
  ['argocd', '', 'secrets'],
  ['istio-system', '', 'secrets'],
  ['default', 'multicluster.x-k8s.io', 'clusterprofiles'],
] as const;
const EXTENSIONS = [
  'labelled-secrets',
  'argocd-clusters',
  'cluster-api',
  'istio-remote-secrets',
  'cluster-profiles',
].join(',');
const PROFILES = '/apis/multicluster.x-k8s.io/v1alpha1/namespaces/default/clusterprofiles';

describe('registries of all kinds', () => {
  let fleet: Fleet;
  let folder: string;
  let relay: TcpRelay;
  let exporter: ExporterProcess;

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
    folder = await mkdtemp(join(tmpdir(), 'mcce-registries-'));
    const { admin } = fleet.hub;
    for (const name of ['argocd', 'istio-system'])
      await admin.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
    await admin.must('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: CLUSTER_PROFILE_CRD,
    });
    await eventually(async () => expect((await admin.request('GET', PROFILES)).status).toBe(200));
  });

  afterEach(async () => {
    await fleet.reset();
    await relay.stop();
    const { admin } = fleet.hub;
    for (const label of LABELS)
      for (const namespace of ['default', 'argocd', 'istio-system'])
        await admin.must('DELETE', `/api/v1/namespaces/${namespace}/secrets?labelSelector=${label}`);
    await admin.must('DELETE', PROFILES);
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const grant = async (index: number, verbs: string[]) => {
    const [namespace, group, resource] = PLACES[index] ?? ['', '', ''];
    const metadata = { name: `registries-${index}`, namespace };
    await fleet.hub.admin.apply([
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [group], resources: [resource], verbs }],
      },
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name: 'multi-cluster-config-exporter', namespace: 'default' }],
      },
    ]);
  };
  const secrets = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`;
  const put = async (secret: KubeObject) => await fleet.hub.admin.apply([secret]);
  const remove = async ({ metadata }: KubeObject) =>
    await fleet.hub.admin.must('DELETE', `${secrets(metadata?.namespace ?? '')}/${metadata?.name}`);
  const putProfile = async (name: string, cluster: object, provider = 'token-file') => {
    const object = {
      apiVersion: 'multicluster.x-k8s.io/v1alpha1',
      kind: 'ClusterProfile',
      metadata: { name },
    };
    const { admin } = fleet.hub;
    if ((await admin.request('GET', `${PROFILES}/${name}`)).status === 404)
      await admin.must('POST', PROFILES, { body: { ...object, spec: {} } });
    await admin.must('PATCH', `${PROFILES}/${name}/status`, {
      body: { status: { accessProviders: [{ name: provider, cluster }] } },
      contentType: 'application/merge-patch+json',
    });
  };
  const keys = async () => [...(await fleet.aggregate.data()).keys()].toSorted();
  /** The registry was written just now: the aggregate follows within a second. */
  const expectKeysWithinASecond = async (...names: string[]) =>
    await eventually(async () => expect(await keys()).toEqual(names.toSorted()), { timeoutMs: 1_000 });
  const registry = async (name: string) =>
    (await exporter.status()).registries?.find((each) => each.name === name);
  /** What is wrong, but for all clusters being one and the same. */
  const problems = async () =>
    (await exporter.status()).problems
      .filter(({ code }) => code !== 'ClusterTwice')
      .map(({ code, subject }) => `${code} ${subject}`);

  const startReplica = async () =>
    await fleet.startExporter(
      {
        MCCE_EXTENSIONS: EXTENSIONS,
        MCCE_X_CLUSTER_PROFILES_PROVIDER_FILE: join(folder, 'providers.json'),
        MCCE_LEADER_ELECTION: 'true',
      },
      { server: relay.url },
    );

  /** One cluster in each registry; all are the same API server, under other names. */
  const start = async () => {
    await Promise.all(PLACES.map((_, index) => grant(index, ['list', 'watch'])));
    relay = await TcpRelay.to(fleet.hub.url);
    await fleet.source('east').create({ postgres: 'one' });
    const access = await fleet.access('east', { seconds: 30 * 86_400 });
    const plugin = join(folder, 'plugin.mjs');
    const status = JSON.stringify({ token: access.token });
    await writeFile(
      plugin,
      `console.log('{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":${status}}');`,
      { mode: 0o600 },
    );
    const execConfig = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [plugin],
      provideClusterInfo: true,
      interactiveMode: 'Never',
    };
    await writeFile(
      join(folder, 'providers.json'),
      JSON.stringify({ providers: [{ name: 'token-file', execConfig }] }),
    );
    await fleet.registry.create({ secret: primusLensEntry(access) });
    const objects = {
      labelled: aLabelledSecret('more', {
        labelled: primusLensEntry(access),
        'labelled-2': kubeconfigEntry(access),
      }),
      argocd: anArgocdCluster('team/argocd', access),
      capi: aClusterApiKubeconfig('capi', access),
      istio: anIstioRemoteSecret('istio', kubeconfigEntry(access)),
    };
    for (const object of Object.values(objects)) await put(object);
    const cluster = {
      server: access.server,
      'certificate-authority-data': Buffer.from(access.ca).toString('base64'),
    };
    await putProfile('profile', cluster);
    exporter = await startReplica();
    await exporter.waitUntilReady();
    await eventually(async () => expect(await keys()).toEqual([...ALL].toSorted()), { timeoutMs: 10_000 });
    return { access, objects, cluster };
  };
  const ALL = ['secret', 'labelled', 'labelled-2', 'team.argocd', 'capi', 'istio', 'profile'];

  it('are published together; clusters join, change and leave within a second', async () => {
    const { access, objects, cluster } = await start();
    expect(await problems()).toEqual([]);
    expect((await exporter.status()).clusters.find(({ name }) => name === 'team.argocd')).toMatchObject({
      registry: 'argocd-clusters',
      originalName: 'team/argocd',
      origin: 'Secret argocd/cluster-team-argocd',
    });

    await put(anArgocdCluster('argocd-2', access));
    await expectKeysWithinASecond(...ALL, 'argocd-2');
    await put(aClusterApiKubeconfig('capi-2', access));
    await expectKeysWithinASecond(...ALL, 'argocd-2', 'capi-2');
    await put(anIstioRemoteSecret('istio-2', kubeconfigEntry(access)));
    await expectKeysWithinASecond(...ALL, 'argocd-2', 'capi-2', 'istio-2');
    await putProfile('profile-2', cluster);
    await expectKeysWithinASecond(...ALL, 'argocd-2', 'capi-2', 'istio-2', 'profile-2');

    // A change: an entry that cannot be used any more, and its key stays.
    await put(anArgocdCluster('argocd-2', access, { execProviderConfig: { command: 'sh' } }));
    await eventually(async () => expect(await problems()).toEqual(['EntryRefused cluster/argocd-2']), {
      timeoutMs: 1_000,
    });
    expect(await keys()).toContain('argocd-2');
    await put(anArgocdCluster('argocd-2', access));
    await eventually(async () => expect(await problems()).toEqual([]), { timeoutMs: 1_000 });

    await remove(objects.argocd);
    await expectKeysWithinASecond(
      ...ALL.filter((name) => name !== 'team.argocd'),
      'argocd-2',
      'capi-2',
      'istio-2',
      'profile-2',
    );
    await fleet.hub.admin.must('DELETE', `${PROFILES}/profile-2`);
    await expectKeysWithinASecond(
      ...ALL.filter((name) => name !== 'team.argocd'),
      'argocd-2',
      'capi-2',
      'istio-2',
    );
  });

  it('refuse what is unsafe by name, and nothing else because of it', async () => {
    const { access, cluster } = await start();

    const exec = { user: { exec: { command: 'touch', args: [join(folder, 'touched')] } } };
    await put(anArgocdCluster('bad-argocd', access, { awsAuthConfig: { clusterName: 'x' } }));
    await put(aClusterApiKubeconfig('bad-capi', access, { data: { value: kubeconfigEntry(access, exec) } }));
    await put(anIstioRemoteSecret('bad-istio', kubeconfigEntry(access, exec)));
    await put(aLabelledSecret('bad', { 'bad-labelled': kubeconfigEntry(access, exec) }));
    await putProfile('bad-profile', { ...cluster, 'certificate-authority': '/etc/passwd' });
    await put(anArgocdCluster('capi', access));

    await eventually(async () =>
      expect((await problems()).toSorted()).toEqual(
        [
          ...['argocd', 'capi', 'istio', 'labelled', 'profile'].map(
            (name) => `EntryRefused cluster/bad-${name}`,
          ),
          'EntryShadowed registries/cluster-api/capi',
        ].toSorted(),
      ),
    );
    // A ClusterProfile gets its status a moment after it was created, and is refused before that, too.
    await eventually(async () => {
      const messages = (await exporter.status()).problems.map(({ message }) => message).join('\n');
      for (const field of ['"awsAuthConfig"', '"exec"', '"certificate-authority"'])
        expect(messages).toContain(field);
    });
    expect(await keys()).toEqual([...ALL].toSorted());
  });

  it.each([
    [0, 'labelled-secrets', 'labelled'],
    [1, 'argocd-clusters', 'team.argocd'],
    [2, 'istio-remote-secrets', 'istio'],
    [3, 'cluster-profiles', 'profile'],
  ])(
    'keep their clusters when a permission is taken away, and say so (%i, %s)',
    async (place, name, cluster) => {
      const { objects } = await start();

      await grant(place, ['get']);
      relay.cut();
      relay.restore();

      await eventually(
        async () => expect(await registry(name)).toMatchObject({ watch: { connected: false } }),
        {
          timeoutMs: 15_000,
        },
      );
      await eventually(
        async () => expect(await problems()).toContain(`RegistryWatchLost registries/${name}/watch`),
        { timeoutMs: 15_000 },
      );
      await fleet.source('east').edit({ postgres: 'two' });
      await eventually(
        async () =>
          expect((await fleet.aggregate.data()).get(cluster)).toContain(
            Buffer.from('two').toString('base64'),
          ),
        { timeoutMs: 5_000 },
      );
      expect(await keys()).toEqual([...ALL].toSorted());
      if (place === 1) await remove(objects.argocd);

      await grant(place, ['list', 'watch']);
      await eventually(
        async () => expect(await problems()).not.toContain(`RegistryWatchLost registries/${name}/watch`),
        {
          timeoutMs: 15_000,
        },
      );
    },
  );

  it('keep every cluster through a failover, those of a registry that cannot be read then, too', async () => {
    const { access } = await start();
    await grant(1, ['get']);
    const leader = exporter;
    exporter = await startReplica();
    await eventually(async () => expect((await exporter.status()).leadership.role).toBe('standby'));

    await leader.stop('SIGKILL');

    await eventually(async () => expect((await exporter.status()).leadership.role).toBe('leader'), {
      timeoutMs: 30_000,
    });
    const holds = async (cluster: string, text: string) =>
      (await fleet.aggregate.data()).get(cluster)?.includes(Buffer.from(text).toString('base64'));
    await fleet.source('east').edit({ postgres: 'two' });
    await eventually(async () => {
      for (const cluster of ALL.filter((name) => name !== 'team.argocd'))
        expect([cluster, await holds(cluster, 'two')]).toEqual([cluster, true]);
    });
    expect(await holds('team.argocd', 'one')).toBe(true);
    expect(await registry('argocd-clusters')).toMatchObject({ state: 'unknown', kept: 1 });

    await grant(1, ['list', 'watch']);
    await eventually(async () => expect(await holds('team.argocd', 'two')).toBe(true), { timeoutMs: 15_000 });
    await put(anArgocdCluster('argocd-2', access));
    await expectKeysWithinASecond(...ALL, 'argocd-2');
  });

  describe('mcce', () => {
    afterEach(async () => {
      await deletePod(fleet.hub.admin, 'default', hostname());
    });

    const given = async () => {
      const { access } = await start();
      await put(anArgocdCluster('bad-argocd', access, { awsAuthConfig: { clusterName: 'x' } }));
      await eventually(async () => expect(await problems()).toEqual(['EntryRefused cluster/bad-argocd']));
      await createExporterPod();
    };
    const createExporterPod = async () =>
      await createPod(fleet.hub.admin, {
        name: hostname(),
        namespace: 'default',
        serviceAccount: 'multi-cluster-config-exporter',
        port: exporter.port,
        labels: EXPORTER_LABELS,
      });
    const mcce = async (...args: string[]) =>
      await runMcce(args, { HOME: folder, KUBECONFIG: fleet.hub.kubeconfig, MCCE_EXTENSIONS: EXTENSIONS });

    it('lists the clusters of all registries, and says which one names each', async () => {
      await given();

      const { code, stdout, stderr } = await mcce('cluster', 'list');

      expect([code, stderr]).toEqual([1, '']);
      expect(stdout).toMatch(/^8 entries: 1 refused, 1 warning, 6 accepted$/m);
      expect(stdout).toMatch(/^bad-argocd +unsafe_entry .*argocd-clusters *$/m);
      expect(stdout).toMatch(/^team\.argocd +accepted +token +in \d+d +https:\S+ +argocd-clusters *$/m);
      expect(stdout).toMatch(/^secret +warning +token +in \d+d +https:\S+ *$/m);
    });

    it('checks the clusters of all registries, and says what to do in the words of the extension', async () => {
      await given();

      const { code, stdout, stderr } = await mcce('check', 'team.argocd', 'bad-argocd');

      expect([code, stderr]).toEqual([1, '']);
      expect(stdout).toContain('✓ cluster team.argocd');
      expect(stdout).toMatch(/✗ cluster bad-argocd\n +✗ exporter +.*"awsAuthConfig"/);
    });

    it('shows which keys a torn registry of an extension loses, and confirms it', async () => {
      const { access } = await start();
      await createExporterPod();
      const names = ['more-1', 'more-2', 'more-3', 'more-4'];
      const entry = primusLensEntry(access);
      await put(aLabelledSecret('torn', Object.fromEntries(names.map((name) => [name, entry]))));
      await eventually(async () => expect(await keys()).toEqual([...ALL, ...names].toSorted()));
      await remove(aLabelledSecret('torn', {}));
      const digest = await eventually(async () => {
        const { removal } = (await exporter.status()).registry;
        expect(removal?.clusters).toEqual(names);
        return removal?.digest ?? '';
      });
      const listed = names.map((name) => `the aggregate loses its key ${name}\n`).join('');

      expect(await mcce('cluster', 'confirm-removal')).toMatchObject({ code: 2, stdout: listed });
      const { code, stdout } = await mcce('cluster', 'confirm-removal', digest, '--yes');

      expect([code, stdout]).toEqual([0, `${listed}removal of ${names.length} clusters confirmed\n`]);
      await eventually(async () => expect(await keys()).toEqual([...ALL].toSorted()));
      expect(await mcce('cluster', 'confirm-removal', '--yes')).toMatchObject({
        code: 0,
        stdout: 'no key of the aggregate is without an entry in the registry\n',
      });
    });

    it('confirms by the digest alone where the exporter does not answer', async () => {
      await start();

      expect(await mcce('cluster', 'confirm-removal', '--yes')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/so only it knows which keys go\. .* DIGEST\.$/m),
      });
      expect(await mcce('cluster', 'confirm-removal', '0123456789abcdef', '--yes')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('removal 0123456789abcdef confirmed'),
      });
    });

    it('says which clusters it leaves out where the exporter does not answer', async () => {
      await start();

      const { code, stdout, stderr } = await mcce('cluster', 'list');

      expect(code).toBe(0);
      expect(stdout).toMatch(/^secret +warning/m);
      expect(stderr).toMatch(
        /^warning: The exporter runs with extensions \(labelled-secrets, .*\), and clusters that they name are left out\. /,
      );
    });
  });
});

const LABELS = [
  'multi-cluster-config-exporter/registry',
  'argocd.argoproj.io/secret-type',
  'cluster.x-k8s.io/cluster-name',
  'istio/multiCluster',
];
