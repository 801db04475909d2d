import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Helm, only } from '../chart/helm.ts';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { type ExporterProcess, kubeconfigFor } from '../support/exporter-process.ts';
import { freePort } from '../support/free-port.ts';
import { MCCE } from '../support/mcce.ts';
import { Fleet } from './fleet.ts';

const run = promisify(execFile);
const NAME = 'exporter-multi-cluster-config-exporter';
const ROLE = `/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/${NAME}`;
const LEASE = 'multi-cluster-config-exporter';
/** How long a missing permission is watched doing its harm. */
const HARM_MS = 4_000;

interface Rule {
  resources: [string];
  resourceNames?: [string];
  verbs: string[];
}

/** What a rule is about: the one object that it names, or all of a kind. */
const objectOf = ({ resources: [resource], resourceNames: [name] = [resource] }: Rule) => name;

/** What a pod says of the credentials that it gets. */
interface PodSpec {
  serviceAccountName: string;
  automountServiceAccountToken?: boolean;
  containers: [ContainerCommand];
}

/** Whether a pod gets the token of its ServiceAccount (Kubernetes, "Configure Service Accounts for Pods"). */
function mountsToken(pod: PodSpec, account: { automountServiceAccountToken?: boolean }): boolean {
  return pod.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
}

/** What a container says of the program that it runs. */
interface ContainerCommand {
  command?: string[];
  args?: string[];
}

/** The program and arguments of a container of our image (Kubernetes, "Define a Command and Arguments for a Container"). */
async function commandOf({ command, args }: ContainerCommand): Promise<string[]> {
  const dockerfile = await readFile(fileURLToPath(new URL('../../Dockerfile', import.meta.url)), 'utf8');
  const instruction = (name: string) =>
    JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]') as string[];
  return [...(command ?? instruction('ENTRYPOINT')), ...(args ?? (command ? [] : instruction('CMD')))];
}

/** What the Role of the chart grants, verb by verb. */
const GRANTS = [
  ['multi-k8s-config', ['list', 'watch']],
  ['multi-storage-config', ['list', 'watch', 'create', 'patch']],
  [LEASE, ['list', 'watch', 'create', 'patch']],
  ['events', ['create']],
] as const;

describe('the chart, applied to a real API server', () => {
  let fleet: Fleet;
  let helm: Helm;
  let folder: string;
  let rules: Rule[];
  let settings: Record<string, string>;
  /** By `kubectl apply`. */
  let printed: string;

  beforeAll(async () => {
    helm = await Helm.find();
    fleet = await Fleet.start(['east']);
    folder = await mkdtemp(join(tmpdir(), 'mcce-chart-'));
    const rendered = await helm.render({ namespace: 'default' });
    // The pod of helm test is for nodes to run, and none are here.
    const objects = rendered.filter(({ metadata }) => metadata?.annotations?.['helm.sh/hook'] === undefined);
    rules = only(objects, 'Role').rules as Rule[];
    const configMap = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata?.name === NAME);
    settings = { ...configMap?.data, MCCE_HTTP_PORT: '0' };
    // What this API server does not know is left to test/chart/schemas.chart.ts: policy/v1 came with 1.21.
    const known = objects.filter(({ apiVersion }) => apiVersion !== 'policy/v1');
    expect(objects.length - known.length).toBe(1);
    await writeFile(
      join(folder, 'objects.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: known }),
    );
    printed = await kubectl('apply', '--namespace', 'default', '-f', join(folder, 'objects.json'));
  });

  afterEach(async () => {
    await fleet.reset();
    await fleet.hub.admin.must('PATCH', ROLE, {
      body: { rules },
      contentType: 'application/merge-patch+json',
    });
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const kubectl = async (...args: string[]) =>
    (await run(helm.tools.kubectl, ['--kubeconfig', fleet.hub.kubeconfig, ...args])).stdout;

  /** The exporter with the settings of the chart, as the chart's ServiceAccount. */
  const startExporter = async () =>
    await fleet.startExporter(settings, { token: await fleet.hub.serviceAccountToken('default', NAME) });

  /** Runs the program that a kubelet would start for the pod of `helm test`, with the Service's name on loopback. */
  const runTestPod = async (servicePort: number) => {
    const rendered = await helm.render({ namespace: 'default', set: [`service.port=${servicePort}`] });
    const { containers } = only(rendered, 'Pod').spec as { containers: [ContainerCommand] };
    const [program, ...args] = await commandOf(containers[0]);
    // What the image has where; the rest of the command is taken as it stands.
    expect(program).toBe('/nodejs/bin/node');
    const lookup = `import dns from 'node:dns';
      const { lookup } = dns;
      dns.lookup = (name, ...rest) => lookup(name.endsWith('.default.svc') ? '127.0.0.1' : name, ...rest);`;
    const preload = `data:text/javascript,${encodeURIComponent(lookup)}`;
    const child = new Child(process.execPath, args, { env: { NODE_OPTIONS: `--import "${preload}"` } });
    return { code: await child.ended, output: child.output };
  };

  /** What a person would call broken. */
  const problems = async (exporter: ExporterProcess): Promise<string[]> => {
    const { registry, aggregate, leadership } = await exporter.status();
    const standsBy = leadership.role === 'standby';
    return [
      ...(leadership.role === 'unknown' ? ['nobody leads'] : []),
      ...(standsBy && !leadership.election?.watch?.connected ? ['the Lease is not watched'] : []),
      ...(registry.watch.connected ? [] : ['the registry is not watched']),
      ...(standsBy || aggregate.watch.connected ? [] : ['the aggregate is not watched']),
      ...(standsBy || aggregate.state === 'published' ? [] : [`the aggregate is ${aggregate.state}`]),
      ...(exporter.output.includes('Events cannot be written') ? ['no Events'] : []),
    ];
  };

  it('is accepted by kubectl apply', () => {
    for (const object of [
      `deployment.apps/${NAME}`,
      `role.rbac.authorization.k8s.io/${NAME}`,
      `service/${NAME}`,
    ])
      expect(printed).toContain(`${object} created`);
  });

  it('lets the exporter do all that it does, with exactly its Role', async () => {
    await fleet.source('east').create({ postgres: 'one' });
    await fleet.registry.create({ east: await fleet.entry('east') });
    const exporter = await startExporter();
    await eventually(async () => expect(await problems(exporter)).toEqual([]), { timeoutMs: 15_000 });

    await fleet.source('east').edit({ postgres: 'two' });

    const two = Buffer.from('two').toString('base64');
    await eventually(async () =>
      expect(Object.fromEntries(await fleet.aggregate.data())).toEqual({
        east: JSON.stringify({ postgres: two }),
      }),
    );
    const { text } = await exporter.get('/metrics');
    expect(text).toContain('mcce_remote_cluster_up{remote_cluster="east"} 1');
  });

  it('lets it tell what happens, where kubectl finds it', async () => {
    await fleet.source('east').create({ postgres: 'one' });
    await fleet.registry.create({ east: await fleet.entry('east'), west: 'neither JSON nor a kubeconfig' });
    await startExporter();
    const told = async (secret: string) =>
      await kubectl('events', '--namespace', 'default', '--for', `secret/${secret}`, '--no-headers');

    await eventually(async () => {
      expect(await told('multi-k8s-config')).toMatch(
        /Warning +EntryRefused +Secret\/multi-k8s-config +The entry of cluster west is refused/,
      );
      expect(await told('multi-storage-config')).toMatch(
        /Normal +LeaderChanged +Secret\/multi-storage-config +.+ leads now\./,
      );
    });
  });

  it('has a pod for helm test that passes, once a replica is ready', async () => {
    await fleet.registry.create({ east: await fleet.entry('east') });
    const exporter = await startExporter();
    await exporter.waitUntilReady();

    const { code, output } = await runTestPod(exporter.port);

    expect(output).toMatch(/^ready: leader, registry present, 1 entries$/m);
    expect(code).toBe(0);
  });

  it('has a pod for helm test that fails where nobody answers', async () => {
    expect((await runTestPod(await freePort())).code).toBe(1);
  });

  /** Runs the program that a kubelet would start for a run of the CronJob, with the settings and credentials that its pod has. */
  const runCronJob = async () => {
    const rendered = await helm.render({ namespace: 'default', files: ['ci/cronjob.yaml'] });
    const job = only(rendered, 'CronJob').spec as { jobTemplate: { spec: { template: { spec: PodSpec } } } };
    const pod = job.jobTemplate.spec.template.spec;
    const [, ...args] = await commandOf(pod.containers[0]);
    const account = only(rendered, 'ServiceAccount') as { automountServiceAccountToken?: boolean };
    const { url: server, authority } = fleet.hub;
    const token = mountsToken(pod, account)
      ? await fleet.hub.serviceAccountToken('default', pod.serviceAccountName)
      : 'none';
    const kubeconfig = join(folder, 'cronjob.kubeconfig');
    const access = { server, ca: authority.cert, token };
    await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(access)), { mode: 0o600 });
    const child = new Child(
      process.execPath,
      args.map((arg) => (arg === '/app/dist/mcce.js' ? MCCE : arg)),
      {
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          KUBECONFIG: kubeconfig,
          ...only(rendered, 'ConfigMap').data,
        },
      },
    );
    return { code: await child.ended, output: child.output };
  };

  it('has a CronJob whose runs publish, and give the Lease back', async () => {
    await fleet.source('east').create({ postgres: 'one' });
    await fleet.registry.create({ east: await fleet.entry('east') });

    const { code, output } = await runCronJob();

    expect(output).toMatch(/^east +synced +ok/m);
    expect(code).toBe(0);
    expect([...(await fleet.aggregate.data()).keys()]).toEqual(['east']);
    expect((await fleet.lease.spec()).holderIdentity).toBe('');
  });

  it('lets a replica stand by, with exactly its Role', async () => {
    await fleet.lease.give('another');
    const exporter = await startExporter();
    await eventually(async () => expect((await exporter.status()).leadership.role).toBe('standby'));

    await delay(HARM_MS);
    expect(await problems(exporter)).toEqual([]);
  });

  const verbs = GRANTS.flatMap(([object, granted]) => granted.map((verb) => ({ object, verb })));

  it('grants these verbs, and no others', () => {
    expect(rules.map((rule) => [objectOf(rule), rule.verbs])).toEqual(GRANTS);
  });

  it.each(verbs)('breaks without $verb on $object', async ({ object, verb }) => {
    await fleet.hub.admin.must('PATCH', ROLE, {
      body: {
        rules: rules
          .map((rule) =>
            objectOf(rule) === object
              ? { ...rule, verbs: rule.verbs.filter((granted) => granted !== verb) }
              : rule,
          )
          .filter((rule) => rule.verbs.length > 0),
      },
      contentType: 'application/merge-patch+json',
    });
    await fleet.source('east').create({ postgres: 'one' });
    await fleet.registry.create({ east: await fleet.entry('east') });
    // Only who stands by looks at the Lease without writing it.
    if (object === LEASE && (verb === 'list' || verb === 'watch')) await fleet.lease.give('another');

    const exporter = await startExporter();

    await delay(HARM_MS);
    expect(await problems(exporter)).not.toEqual([]);
  });
});
