import { globSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/base/config/settings.ts';
import { viewsFile } from '../../src/extensions/outputs/views/views-file.ts';
import { settingsSchema } from '../../src/base/config/settings.schema.ts';
import type { KubeObject } from '../support/api-client.ts';
import { CHART, Helm, OPERATOR, only, VALUES } from './helm.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

interface PodSpec {
  dnsPolicy?: string;
  securityContext: object;
  automountServiceAccountToken: boolean;
  containers: { image: string; securityContext: object; resources: object; env?: object[] }[];
}

function podOf(objects: readonly KubeObject[]): PodSpec {
  return (only(objects, 'Deployment').spec as { template: { spec: PodSpec } }).template.spec;
}

/** The built-in registries, and where they find their objects, if not in the namespace of the registry. */
const REGISTRIES: readonly (readonly [string, string])[] = builtIns('registries').map((name) => [
  name,
  { 'argocd-clusters': 'argocd', 'istio-remote-secrets': 'istio-system' }[name] ?? 'storage',
]);

/** Names of the extensions that the image has. @param folder below src/extensions */
function builtIns(folder = ''): string[] {
  const files = globSync(`src/extensions/${folder}/**/*.extension.ts`, { cwd: dirname(CHART) });
  return files.map((file) => basename(file, '.extension.ts'));
}

/** The path of a file with this text. */
async function asFile(text = ''): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'mcce-chart-')), 'file');
  await writeFile(path, text);
  return path;
}

describe('the chart', () => {
  let helm: Helm;

  beforeAll(async () => {
    helm = await Helm.find();
  });

  it.each(VALUES)('passes helm lint --strict with %s', async (file) => {
    expect(await helm.lint(file)).toContain('0 chart(s) failed');
  });

  it('has a value for every setting, and the defaults of the service', async () => {
    const { data } = only(await helm.render({ set: ['dashboard.enabled=false'] }), 'ConfigMap');
    const values = load(await readFile(`${CHART}/values.yaml`, 'utf8')) as {
      config: Record<string, unknown>;
    };
    const variables = Object.keys(values.config).map(
      (name) => `MCCE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    );

    // Extensions have a value of their own.
    const settings = Object.keys(settingsSchema.shape).filter((name) => name !== 'MCCE_EXTENSIONS');
    expect(variables.toSorted()).toEqual(settings.toSorted());
    expect(parseSettings(data ?? {})).toEqual(
      parseSettings({ MCCE_LEADER_ELECTION: 'true', MCCE_SHUTDOWN_DELAY: '5s' }),
    );
  });

  it.each([
    ['config.synchInterval=30s', 'synchInterval'],
    ['config.syncInterval=thirty', 'syncInterval'],
    ['replicas=3', 'replicas'],
    ['image.digest=latest', 'digest'],
    ['image.registry=registry.example/team', 'registry'],
    ['commonLabels.app\\.kubernetes\\.io/name=other', 'commonLabels'],
    ['prometheusOperator.renderMode=sometimes', 'renderMode'],
    ['cronJob.timeout=1h', 'timeout'],
    ['config.leaderElection=maybe', 'leaderElection'],
    ['prometheusRule.alerts.absent.severity=loud', 'severity'],
    // Without a name a rule would be for every Secret.
    ['config.registrySecret=', 'registrySecret'],
    ['config.aggregateSecret=', 'aggregateSecret'],
    ['config.sourceSecret=', 'sourceSecret'],
  ])('refuses %s, and names it', async (value, name) => {
    await expect(helm.render({ set: [value] })).rejects.toThrow(name);
  });

  it('refuses several replicas that elect no leader, and says what to do', async () => {
    await expect(helm.render({ set: ['config.leaderElection=false'] })).rejects.toThrow(
      'Set config.leaderElection to true',
    );
  });

  it('grants what the manifest of the documentation grants', async () => {
    const text = await readFile(new URL('../../docs/manifests/hub-rbac.yaml', import.meta.url), 'utf8');
    const documented = only(loadAll(text) as KubeObject[], 'Role');

    expect(only(await helm.render(), 'Role').rules).toEqual(documented.rules);
  });

  describe('with extensions', () => {
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['fleet'], verbs: ['list', 'watch'] },
    ];
    const extensions = [
      { name: 'built-in', settings: { NAMESPACES: 'argocd', LIMIT: 3 } },
      { name: 'fleet', configMap: { name: 'fleet-extension', key: 'fleet.js' }, rules },
      { name: 'other', image: { reference: 'registry.example/other:1', path: 'dist/other.js' } },
    ];
    const render = async (value: readonly object[]) =>
      await helm.render({
        setJson: [`extensions=${JSON.stringify(value)}`],
        set: ['dashboard.enabled=false'],
      });

    it('lists them, mounts their files, and passes their settings on', async () => {
      const objects = await render(extensions);

      expect(only(objects, 'ConfigMap').data).toMatchObject({
        MCCE_EXTENSIONS: 'built-in,/extensions/fleet/fleet.js,/extensions/other/dist/other.js',
        MCCE_X_BUILT_IN_NAMESPACES: 'argocd',
        MCCE_X_BUILT_IN_LIMIT: '3',
      });
      const pod = podOf(objects) as PodSpec & { volumes: object[] };
      expect(pod.containers[0]).toMatchObject({
        volumeMounts: [
          { name: 'extension-fleet', mountPath: '/extensions/fleet', readOnly: true },
          { name: 'extension-other', mountPath: '/extensions/other', readOnly: true },
        ],
      });
      expect(pod.volumes).toEqual([
        { name: 'extension-fleet', configMap: { name: 'fleet-extension' } },
        {
          name: 'extension-other',
          image: { reference: 'registry.example/other:1', pullPolicy: 'IfNotPresent' },
        },
      ]);
    });

    it('gives each a Role of its own, only where it is on and has rules', async () => {
      const named = (objects: readonly KubeObject[]) =>
        objects
          .filter(({ kind }) => kind === 'Role' || kind === 'RoleBinding')
          .map(({ kind, metadata }) => `${kind} ${metadata?.namespace}/${metadata?.name}`)
          .filter((name) => name.endsWith('-fleet'));

      expect(named(await render([]))).toEqual([]);
      const objects = await render(extensions);
      expect(named(objects)).toHaveLength(2);
      const role = objects.find(
        ({ kind, metadata }) => kind === 'Role' && metadata?.name?.endsWith('-fleet'),
      );
      expect(role?.rules).toEqual(rules);
      const elsewhere = await render([{ name: 'fleet', namespaces: ['a', 'b'], rules }]);
      const namespaces = named(elsewhere).map((name) => name.split(/[ /]/)[1] ?? '');
      expect(namespaces.toSorted()).toEqual(['a', 'a', 'b', 'b']);
    });

    describe.each(REGISTRIES)('of which one is %s', (name, namespace) => {
      const roles = async (extension: object) =>
        (await render([{ name, ...extension }]))
          .filter(({ kind, metadata }) => kind === 'Role' && metadata?.name?.endsWith(`-${name}`))
          .map(({ metadata, rules: granted }) => ({ namespace: metadata?.namespace, rules: granted }));

      it('grants it what it needs where it is by default, or where its settings say', async () => {
        const [role, ...others] = await roles({});
        expect(others).toEqual([]);
        const needed = role?.rules;
        expect(needed).toEqual([expect.objectContaining({ verbs: ['list', 'watch'] })]);
        expect(role?.namespace).toBe(namespace);

        expect(await roles({ settings: { NAMESPACES: 'a, b' } })).toEqual([
          { namespace: 'a', rules: needed },
          { namespace: 'b', rules: needed },
        ]);
      });

      it('grants what the values say instead, or nothing', async () => {
        expect(await roles({ rules, namespaces: ['c'] })).toEqual([{ namespace: 'c', rules }]);
        expect(await roles({ rules: [] })).toEqual([]);
        expect(await roles({ configMap: { name: 'of-the-same-name', key: 'x.js' } })).toEqual([]);
      });
    });

    it('knows the rules of no others than those of the image', () => {
      const named = globSync('extensions/*.yaml', { cwd: CHART }).map((file) => basename(file, '.yaml'));

      expect(named.filter((name) => !builtIns().includes(name))).toEqual([]);
      expect(named).toEqual(expect.arrayContaining(builtIns('registries')));
    });

    it('refuses one with two files, and a setting that is none', async () => {
      const [, { configMap } = {}, { image } = {}] = extensions;

      await expect(render([{ name: 'both', configMap, image }])).rejects.toThrow('keep one');
      await expect(render([{ name: 'x', settings: { lower: '1' } }])).rejects.toThrow('lower');
      await expect(render([{ name: 'Upper' }])).rejects.toThrow('name');
    });
  });

  describe('with views', () => {
    const VIEWS = { files: ['ci/views.yaml'], set: ['dashboard.enabled=false'] };
    const named = (objects: readonly KubeObject[], suffix: string) =>
      objects.filter(({ metadata }) => metadata?.name?.endsWith(suffix));

    it('turns the extension on, and mounts the file that defines them', async () => {
      const objects = await helm.render(VIEWS);
      const file = named(objects, '-views').find(({ kind }) => kind === 'ConfigMap');
      const settings = objects.find(({ data }) => data?.MCCE_EXTENSIONS)?.data;

      expect(settings).toMatchObject({
        MCCE_EXTENSIONS: 'views',
        MCCE_X_VIEWS_FILE: '/etc/mcce/views/views.yaml',
      });
      expect(viewsFile.safeParse(await asFile(file?.data?.['views.yaml'])).data).toHaveLength(2);
      const pod = podOf(objects) as PodSpec & { volumes: object[] };
      expect(pod.containers[0]).toMatchObject({
        volumeMounts: [{ name: 'views', mountPath: '/etc/mcce/views', readOnly: true }],
      });
      expect(pod.volumes).toEqual([{ name: 'views', configMap: { name: file?.metadata?.name } }]);
    });

    it('grants in each of their namespaces the views that are there, and only where there are any', async () => {
      const granted = (objects: readonly KubeObject[]) =>
        named(objects, '-views')
          .filter(({ kind }) => kind === 'Role')
          .map(({ metadata, rules }) => [metadata?.namespace, (rules as Rule[])[0]?.resourceNames]);

      expect(granted(await helm.render(VIEWS))).toEqual([
        ['storage', ['everything-but-passwords']],
        ['team-a', ['metrics']],
      ]);
      expect(granted(await helm.render())).toEqual([]);
    });

    it('makes other pods when a view changes', async () => {
      const checksum = async (...setJson: string[]) => {
        const { spec } = only(await helm.render({ files: ['ci/views.yaml'], setJson }), 'Deployment');
        return (spec as { template: KubeObject }).template.metadata?.annotations?.['checksum/views'];
      };
      const view = { name: 'other', clusters: ['*'], keys: ['*'] };

      expect(await checksum()).not.toBe(await checksum(`views=${JSON.stringify([view])}`));
    });

    it('refuses what is no view, and the extension a second time', async () => {
      const render = async (...setJson: string[]) => await helm.render({ files: ['ci/views.yaml'], setJson });

      await expect(render('views=[{"name":"a","clusters":["*"]}]')).rejects.toThrow('keys');
      await expect(render('views=[{"name":"A","clusters":["*"],"keys":["*"]}]')).rejects.toThrow('name');
      await expect(render('extensions=[{"name":"views"}]')).rejects.toThrow('keep one');
    });
  });

  it('tells in its notes what to apply in a cluster: the manifest of the documentation', async () => {
    const text = await readFile(new URL('../../docs/manifests/cluster-rbac.yaml', import.meta.url), 'utf8');
    const notes = await helm.notes();
    const [, manifest = ''] = /<<'MANIFEST'\n([^]+)\nMANIFEST\n/.exec(notes) ?? [];

    expect(loadAll(manifest)).toEqual(loadAll(text));
  });

  it('tells in its notes how to see the state of every cluster', async () => {
    expect(await helm.notes()).toContain(
      '"/api/v1/namespaces/storage/pods/${leader%%_*}:8080/proxy/api/v1/status"',
    );
    expect(await helm.notes({ set: ['replicaCount=1', 'config.leaderElection=false'] })).toContain(
      '/api/v1/namespaces/storage/services/http:exporter-multi-cluster-config-exporter:http/proxy/api/v1/status',
    );
  });

  it('names every part of the aggregate that may be written', async () => {
    const { rules } = only(await helm.render({ set: ['config.aggregateParts=3'] }), 'Role');
    expect((rules as Rule[]).find(({ verbs }) => verbs.includes('patch'))?.resourceNames).toEqual([
      'multi-storage-config',
      'multi-storage-config-1',
      'multi-storage-config-2',
    ]);
  });

  it('grants no Events where none are to be written', async () => {
    const { rules } = only(await helm.render({ set: ['config.events=false'] }), 'Role');
    expect(JSON.stringify(rules)).not.toContain('events');
  });

  it.each(VALUES)(
    'names an object in every rule but that of Events and where an extension lists, and grants no wildcard and no delete, with %s',
    async (file) => {
      const objects = await helm.render({ files: file === undefined ? [] : [file], apiVersions: OPERATOR });
      expect(objects.filter(({ kind }) => kind?.startsWith('ClusterRole'))).toEqual([]);
      const rules = objects
        .filter(({ kind }) => kind === 'Role')
        .flatMap(({ metadata, rules: granted }) =>
          (granted as Rule[]).map((rule) => ({ ...rule, role: metadata?.name ?? '' })),
        );
      expect(rules.length).toBeGreaterThan(1);
      for (const rule of rules) {
        // Nothing can name an object that has no name yet.
        const makesEvents = rule.resources.join() === 'events' && rule.verbs.join() === 'create';
        // What is found by its label has any name.
        const lists = !rule.role.endsWith('config-exporter') && rule.verbs.join() === 'list,watch';
        if (!makesEvents && !lists) expect(rule.resourceNames?.length).toBeGreaterThan(0);
        const words = [...rule.apiGroups, ...rule.resources, ...(rule.resourceNames ?? []), ...rule.verbs];
        expect(words).not.toContain('*');
        expect(rule.verbs.filter((verb) => verb.startsWith('delete'))).toEqual([]);
      }
    },
  );

  it('runs as the Pod Security Standard "restricted" wants it, on a read-only root', async () => {
    const pod = podOf(await helm.render());
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.containers.map(({ securityContext }) => securityContext)).toEqual([
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ]);
    expect(pod.containers[0]?.resources).toMatchObject({ requests: { cpu: '50m' }, limits: {} });
  });

  it('makes other pods when a setting changes, and only then', async () => {
    const checksum = async (...set: string[]) => {
      const { spec } = only(await helm.render({ set }), 'Deployment');
      return (spec as { template: KubeObject }).template.metadata?.annotations?.['checksum/config'];
    };
    const before = await checksum();
    expect(await checksum('service.port=80')).toBe(before);
    expect(await checksum('config.logLevel=debug')).not.toBe(before);
  });

  it('never lets two pods run at once that elect no leader, not even while one takes the place of the other', async () => {
    const strategy = async (...files: string[]) =>
      (only(await helm.render({ files }), 'Deployment').spec as { strategy?: object }).strategy;
    expect(await strategy('ci/minimal.yaml')).toEqual({ type: 'Recreate' });
    expect(await strategy()).toBeUndefined();
  });

  it('names the image by digest where one is given', async () => {
    const image = async (...set: string[]) => podOf(await helm.render({ set })).containers[0]?.image;
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(await image('image.repository=registry.example/mcce', `image.digest=${digest}`)).toBe(
      `registry.example/mcce@${digest}`,
    );
    expect(await image('image.tag=1.2.3')).toBe('multi-cluster-config-exporter:1.2.3');
    expect(await image('image.registry=registry.example:5000', 'image.tag=1.2.3')).toBe(
      'registry.example:5000/multi-cluster-config-exporter:1.2.3',
    );
  });

  it('restarts no pod for a new version of the chart alone, and labels pods as asked', async () => {
    const labels = async (...files: string[]) => {
      const { spec } = only(await helm.render({ files }), 'Deployment');
      return (spec as { template: KubeObject }).template.metadata?.labels;
    };
    const selector = {
      'app.kubernetes.io/name': 'multi-cluster-config-exporter',
      'app.kubernetes.io/instance': 'exporter',
      // By which mcce finds the pods.
      'multi-cluster-config-exporter/component': 'exporter',
    };
    expect(await labels()).toEqual(selector);
    expect(await labels('ci/full.yaml')).toEqual({
      ...selector,
      'example.com/cost-center': 'storage',
      'example.com/team': 'storage',
    });
  });

  it('puts commonLabels on every object, and every object into namespaceOverride', async () => {
    const objects = await helm.render({ files: ['ci/full.yaml'], apiVersions: OPERATOR });
    const ours = objects.filter(({ metadata }) => metadata?.name !== 'exporter-extra');
    expect(ours.length).toBeGreaterThan(10);
    for (const { kind, metadata } of ours) {
      expect([kind, metadata?.labels?.['example.com/cost-center']]).toEqual([kind, 'storage']);
      expect([kind, metadata?.namespace]).toEqual([kind, 'exporters']);
    }
  });

  it('makes names that Services may have, also of a release with dots', async () => {
    const objects = await helm.render({ release: 'team.storage.v2', apiVersions: OPERATOR });
    expect(only(objects, 'Service').metadata?.name).toBe('team-storage-v2-multi-cluster-config-exporter');
    for (const { metadata } of objects) expect(metadata?.name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
  });

  it('leaves the user and the group of the pods to OpenShift', async () => {
    const { securityContext } = podOf(await helm.render({ files: ['ci/openshift.yaml'] }));
    expect(securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  });

  it('does not let a rolling update run two pods that elect no leader', async () => {
    const set = ['replicaCount=1', 'config.leaderElection=false', 'strategy.type=RollingUpdate'];
    await expect(helm.render({ set })).rejects.toThrow('Remove strategy');
  });

  it('lets the pod of helm test through its NetworkPolicy, and the peers that are named', async () => {
    const objects = await helm.render({ files: ['ci/full.yaml'] });
    const { ingress } = only(objects, 'NetworkPolicy').spec as {
      ingress: [{ from: { podSelector?: { matchLabels: Record<string, string> } }[] }];
    };
    const selectors = ingress[0].from.flatMap(({ podSelector }) =>
      podSelector ? [podSelector.matchLabels] : [],
    );
    expect(ingress[0].from).toHaveLength(2);
    expect(selectors).toHaveLength(1);
    expect(only(objects, 'Pod').metadata?.labels).toMatchObject(selectors[0] ?? {});
  });

  it('runs mcce sync on a schedule instead of a Deployment, with the token of the ServiceAccount', async () => {
    const objects = await helm.render({ files: ['ci/cronjob.yaml'], apiVersions: OPERATOR });
    expect(objects.map(({ kind }) => String(kind)).toSorted()).toEqual([
      'ConfigMap',
      'CronJob',
      'NetworkPolicy',
      'Role',
      'RoleBinding',
      'ServiceAccount',
    ]);
    const { jobTemplate, ...spec } = only(objects, 'CronJob').spec as {
      jobTemplate: { spec: { activeDeadlineSeconds: number; template: { spec: PodSpec } } };
    };
    expect(spec).toMatchObject({
      schedule: '*/10 * * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
    });
    // More than the timeout, after which a run stops by itself and releases the Lease.
    expect(jobTemplate.spec.activeDeadlineSeconds).toBe(180);
    const pod = jobTemplate.spec.template.spec;
    expect(pod.automountServiceAccountToken).toBe(true);
    expect(pod.containers).toMatchObject([{ args: ['sync', '--timeout', '2m'] }]);
  });

  it('refuses a CronJob without a Lease', async () => {
    const set = ['cronJob.enabled=true', 'config.leaderElection=false'];
    await expect(helm.render({ set })).rejects.toThrow('Set config.leaderElection to true');
  });

  it('renders monitors and alerts without a cluster where it is told to', async () => {
    const kinds = async (mode: string) =>
      (await helm.render({ set: [`prometheusOperator.renderMode=${mode}`] }))
        .filter(({ apiVersion }) => apiVersion?.startsWith('monitoring.coreos.com/'))
        .map(({ kind }) => String(kind))
        .toSorted();
    expect(await kinds('alwaysRender')).toEqual(['PrometheusRule', 'ServiceMonitor']);
    expect(await kinds('skipIfMissing')).toEqual([]);
    await expect(kinds('failIfMissing')).rejects.toThrow('install the Prometheus Operator');
  });

  it('scrapes through a ServiceMonitor or a PodMonitor, not both', async () => {
    const objects = await helm.render({ files: ['ci/podmonitor.yaml'] });
    expect(only(objects, 'PodMonitor').spec).toMatchObject({
      podMetricsEndpoints: [{ port: 'http', scrapeTimeout: '5s', relabelings: [{ targetLabel: 'cluster' }] }],
    });
    await expect(helm.render({ set: ['podMonitor.enabled=true'] })).rejects.toThrow('Disable one of them');
  });

  it('can scrape a sidecar over TLS', async () => {
    const objects = await helm.render({ files: ['ci/metrics-tls.yaml'] });
    expect(only(objects, 'ServiceMonitor').spec).toMatchObject({
      endpoints: [
        { port: 'metrics-tls', scheme: 'https', tlsConfig: { serverName: 'exporter.storage.svc' } },
      ],
    });
    const { ports } = only(objects, 'Service').spec as { ports: { name: string; targetPort: string }[] };
    const [, sidecar] = podOf(objects).containers as unknown as { ports: { name: string }[] }[];
    expect(ports.map(({ targetPort }) => targetPort)).toContain(sidecar?.ports[0]?.name);
  });

  it('leaves out what needs the Prometheus operator where that is missing', async () => {
    const kinds = (objects: KubeObject[]) =>
      objects
        .map(({ kind }) => kind)
        .filter((kind) => kind === 'ServiceMonitor' || kind === 'PrometheusRule');
    expect(kinds(await helm.render())).toEqual([]);
    expect(kinds(await helm.render({ apiVersions: OPERATOR })).toSorted()).toEqual([
      'PrometheusRule',
      'ServiceMonitor',
    ]);
  });

  it('can be reduced to what runs', async () => {
    const objects = await helm.render({ files: ['ci/minimal.yaml'], apiVersions: OPERATOR });
    const hook = (object: KubeObject) => object.metadata?.annotations?.['helm.sh/hook'] !== undefined;
    expect(
      objects
        .filter((object) => !hook(object))
        .map(({ kind }) => String(kind))
        .toSorted(),
    ).toEqual(['ConfigMap', 'Deployment', 'Role', 'RoleBinding', 'Service', 'ServiceAccount']);
  });

  it('takes the place of the exporter of Primus-Lens', async () => {
    const objects = await helm.render({
      namespace: 'primus-lens',
      files: ['values-primus-lens.yaml'],
      set: ['dashboard.enabled=false'],
    });
    const { data } = only(objects, 'ConfigMap');
    expect(data).toMatchObject({
      MCCE_NAMESPACE: 'primus-lens',
      MCCE_REGISTRY_SECRET: 'primus-lens-multi-k8s-config',
      MCCE_AGGREGATE_SECRET: 'primus-lens-multi-storage-config',
      MCCE_SOURCE_SECRET: 'primus-lens-storage-config',
      MCCE_PAYLOAD_CHECK: 'primus-lens',
    });
    expect((only(objects, 'Role').rules as Rule[]).map(({ resourceNames }) => resourceNames)).toEqual([
      ['primus-lens-multi-k8s-config'],
      ['primus-lens-multi-storage-config'],
      ['multi-cluster-config-exporter'],
      undefined,
    ]);
  });

  it('puts Role and RoleBinding where the Secrets are', async () => {
    const objects = await helm.render({ set: ['config.namespace=elsewhere'] });
    expect(only(objects, 'Role').metadata?.namespace).toBe('elsewhere');
    expect(only(objects, 'RoleBinding')).toMatchObject({
      metadata: { namespace: 'elsewhere' },
      subjects: [{ namespace: 'storage' }],
    });
  });

  it('adds what is asked for: variables, volumes, containers, objects', async () => {
    const objects = await helm.render({ files: ['ci/full.yaml'] });
    expect(podOf(objects)).toMatchObject({
      dnsPolicy: 'Default',
      dnsConfig: { options: [{ name: 'ndots' }] },
      hostAliases: [{ ip: '192.0.2.1' }],
      volumes: [{ name: 'scratch' }],
      initContainers: [{ name: 'wait' }],
      containers: [
        {
          env: [{ name: 'HTTPS_PROXY_NOTE' }],
          envFrom: [{ configMapRef: { name: 'exporter' } }, { configMapRef: { name: 'collector' } }],
          volumeMounts: [{ mountPath: '/scratch' }],
        },
        { name: 'sidecar' },
      ],
    });
    expect(only(objects, 'Deployment')).toMatchObject({
      metadata: { annotations: { 'example.com/reloader': 'true' } },
      spec: { revisionHistoryLimit: 3, strategy: { rollingUpdate: { maxUnavailable: 0 } } },
    });
    const extra = objects.find(({ metadata }) => metadata?.name === 'exporter-extra');
    expect(extra?.data).toEqual({ namespace: 'storage' });
  });
});
