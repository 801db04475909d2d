import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/api-client.ts';
import { Canaries } from '../support/canaries.ts';
import { Child } from '../support/child.ts';
import { deadForHandshakes } from '../support/dead-ends.ts';
import { type EntryAccess, kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import { type HubAccess, kubeconfigFor } from '../support/exporter-process.ts';
import { freePort } from '../support/free-port.ts';
import { mcce, type Outcome } from '../support/mcce.ts';
import { CertificateAuthority } from '../support/pki.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import { EXPORTER_LABELS, Fleet } from './fleet.ts';
import { createPod, deletePod } from './pod-object.ts';

const MCCE = fileURLToPath(new URL('../../dist/mcce.js', import.meta.url));
const ROLES = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles';
const MONTH_SECONDS = 30 * 86_400;
const LIMIT_MS = 1_500;
const EXPORTER = 'multi-cluster-config-exporter';

interface Step {
  step: string;
  verdict: string;
  message?: string;
  remedy?: string;
}

interface Target {
  name?: string;
  verdict: string;
  steps: Step[];
}

interface Report {
  hub: Target;
  clusters: Target[];
}

describe('mcce check', () => {
  const canaries = new Canaries();
  const printed: string[] = [];
  let fleet: Fleet;
  let directory: string;
  /** Of an operator. */
  let kubeconfig: string;

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west']);
    directory = await mkdtemp(join(tmpdir(), 'mcce-check-'));
    kubeconfig = fleet.hub.kubeconfig;
  });

  afterAll(async () => {
    await fleet?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await fleet.source('east').create({ password: canaries.make('value of a source') });
  });

  afterEach(async () => {
    await fleet.reset();
  });

  let files = 0;
  const kubeconfigFile = async (access: Partial<HubAccess>) => {
    const hub = { server: fleet.hub.url, ca: fleet.hub.authority.cert, token: 'none', ...access };
    canaries.add('token for the hub', hub.token);
    const file = join(directory, `kubeconfig-${++files}`);
    await writeFile(file, JSON.stringify(kubeconfigFor(hub)), { mode: 0o600 });
    return file;
  };

  const check = async (args: readonly string[] = [], environment: Record<string, string> = {}) => {
    const outcome = await mcce(['check', ...args], {
      HOME: directory,
      KUBECONFIG: kubeconfig,
      MCCE_READ_TIMEOUT: `${LIMIT_MS}ms`,
      ...environment,
    });
    printed.push(outcome.stdout, outcome.stderr);
    return outcome;
  };

  /** The report, with the exit code that came with it. */
  const report = async (args: readonly string[] = [], environment: Record<string, string> = {}) => {
    const { code, stdout } = await check([...args, '-o', 'json'], environment);
    return { code, ...(JSON.parse(stdout) as Report) };
  };

  const failures = ({ steps }: Target) => steps.filter(({ verdict }) => verdict === 'failed');
  const step = ({ steps }: Target, name: string) => steps.find((candidate) => candidate.step === name);

  const access = async (name: string, account?: string): Promise<EntryAccess> => {
    const seconds = MONTH_SECONDS;
    const made = await fleet.access(name, { seconds, ...(account !== undefined && { account }) });
    canaries.add(`token of ${name}`, made.token);
    // A loopback address would be warned of. This one leads there, too, and is in no certificate.
    return { ...made, server: made.server.replace('127.0.0.1', '0.0.0.0') };
  };
  const entry = (made: EntryAccess, more: Record<string, unknown> = {}) =>
    primusLensEntry(made, { tlsServerName: 'localhost', ...more });

  /** A ServiceAccount in a cluster that may do these things to the source. */
  const account = async (cluster: string, name: string, verbs: readonly string[]) => {
    const metadata = { name, namespace: 'default' };
    await fleet.cluster(cluster).admin.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['storage-config'], verbs }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    ]);
    return await access(cluster, name);
  };

  it('finds nothing wrong where nothing is', async () => {
    const client = await fleet.cluster('east').authority.issue({
      // As whom the API server knows the reader's ServiceAccount: a certificate counts before a token.
      commonName: 'system:serviceaccount:default:multi-cluster-config-exporter-reader',
    });
    const certificate = { certData: client.cert, keyData: canaries.add('key of an entry', client.key) };
    const good = await access('east');
    await fleet.registry.create({
      east: entry(good, certificate),
      east2: kubeconfigEntry(good, { cluster: { 'tls-server-name': 'localhost' } }),
    });

    const { code, stdout, stderr } = await check();
    const wide = await check(['-o', 'wide'], { MCCE_LEADER_ELECTION: 'true' });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'The hub is good. 2 clusters: 2 good',
      `✓ hub  ${fleet.hub.url}`,
      `✓ cluster east  ${good.server}`,
      `✓ cluster east2  ${good.server}`,
      '',
    ]);
    expect(wide.stdout).toContain('  ✓ TLS             The server certificate expires in 29d.\n');
    expect(wide.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('says as whom it asks, where that is not the exporter', async () => {
    await fleet.registry.create({ east: entry(await access('east')) });

    const { code, hub } = await report();

    expect(code).toBe(0);
    expect(step(hub, 'permission')).toMatchObject({
      verdict: 'good',
      message: 'of the user of this kubeconfig',
    });
  });

  it('names step and remedy of every cluster that fails, and the others are good', async () => {
    const good = await access('east');
    const token = (name: string) => canaries.make(`token of ${name}`);
    const claims = Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) - 3 * 86_400 }));
    const other = await CertificateAuthority.create('other');
    await fleet.registry.create({
      east: entry(good),
      certificate: entry({ ...good, ca: other.cert }),
      down: entry({ ...good, server: `https://127.0.0.1:${await freePort()}` }),
      expired: entry({ ...good, token: `e30.${claims.toString('base64url')}.${token('expired')}` }),
      forbidden: entry(await account('east', 'nobody', ['delete'])),
      garbage: `{"host": "https://east", "bearerToken": "${token('garbage')}"`,
      invalid: entry({ ...good, token: token('invalid') }),
      misnamed: entry(good, { tlsServerName: 'other.test' }),
      polled: entry(await account('east', 'getter', ['get'])),
      sourceless: entry(await access('west')),
      unknown: entry({ ...good, server: 'https://nowhere.invalid:6443' }),
      unsafe: kubeconfigEntry(good, { user: { exec: { command: token('unsafe') } } }),
    });

    const { code, hub, clusters } = await report();
    const table = await check();

    expect(code).toBe(1);
    expect(hub).toMatchObject({ verdict: 'warning' });
    expect(step(hub, 'registry')?.message).toBe('Refused: 2 of 12 entries; see below.');
    const found = Object.fromEntries(
      clusters.map((target) => [target.name, failures(target)[0] ?? target.verdict]),
    );
    expect(found).toEqual({
      east: 'good',
      polled: 'warning',
      certificate: {
        step: 'TLS',
        verdict: 'failed',
        message: expect.stringContaining('signed by an authority that the entry does not trust'),
        remedy: expect.stringContaining('"caData"'),
      },
      down: {
        step: 'TCP',
        verdict: 'failed',
        message: 'The server cannot be reached (ECONNREFUSED).',
        remedy: 'Check its address, the network and its firewall.',
      },
      expired: {
        step: 'authentication',
        verdict: 'failed',
        message: 'The server does not accept the credentials (HTTP 401). The token expired 3d ago.',
        remedy: 'Renew them in the entry: mcce cluster rotate expired',
      },
      forbidden: {
        step: 'permission',
        verdict: 'failed',
        message: 'The credentials may not get, list, watch the Secret default/storage-config.',
        remedy: 'Grant it in the cluster:\nmcce manifests cluster -n default | kubectl apply -f -',
      },
      garbage: {
        step: 'parse',
        verdict: 'failed',
        message: expect.stringContaining('not valid YAML or JSON'),
        remedy: expect.any(String),
      },
      invalid: {
        step: 'authentication',
        verdict: 'failed',
        message: 'The server does not accept the credentials (HTTP 401).',
        remedy: 'Renew them in the entry: mcce cluster rotate invalid',
      },
      misnamed: {
        step: 'TLS',
        verdict: 'failed',
        message: 'The server certificate is not for other.test, but for 127.0.0.1, localhost, east.test.',
        remedy: expect.stringContaining('"tlsServerName"'),
      },
      sourceless: {
        step: 'source',
        verdict: 'failed',
        message: 'The source does not exist: there is no Secret default/storage-config.',
        remedy: expect.stringContaining('MCCE_SOURCE_SECRET'),
      },
      unknown: {
        step: 'DNS',
        verdict: 'failed',
        message: expect.stringContaining('The name nowhere.invalid cannot be resolved'),
        remedy: 'Correct the host in the entry, or the resolver.',
      },
      unsafe: {
        step: 'policy',
        verdict: 'failed',
        message: expect.stringContaining('"exec"'),
        remedy: expect.any(String),
      },
    });
    for (const { name, steps } of clusters)
      expect([name, steps.map((one) => one.step)]).toEqual([
        name,
        ['parse', 'policy', 'DNS', 'TCP', 'TLS', 'authentication', 'permission', 'source', 'payload'],
      ]);
    expect(step(clusters.find(({ name }) => name === 'polled') as Target, 'permission')).toMatchObject({
      message: expect.stringContaining('may not list, watch the Secret default/storage-config: it is polled'),
      remedy: expect.stringContaining('mcce manifests cluster'),
    });
    expect(table.code).toBe(1);
    expect(table.stdout).toMatch(/^The hub has warnings\. 12 clusters: 10 failed, 1 warning, 1 good\n/);
    expect(clusters.map(({ verdict }) => verdict)).toEqual([...Array(10).fill('failed'), 'warning', 'good']);
    expect((await check(['--state', 'good', '--state', 'warning', '-o', 'name'])).stdout).toBe(
      'polled\neast\n',
    );
    expect(table.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('finds content that would break readers', async () => {
    await fleet.registry.create({ east: entry(await access('east')) });

    const { code, clusters } = await report([], { MCCE_PAYLOAD_CHECK: 'primus-lens' });

    expect(code).toBe(1);
    expect(clusters.map(failures)).toEqual([
      [
        {
          step: 'payload',
          verdict: 'failed',
          message: 'The source\'s key "prometheus" must hold a JSON object.',
          remedy: 'Correct it in the cluster.',
        },
      ],
    ]);
  });

  it('is not held up by a cluster that hangs', async () => {
    const relay = await TcpRelay.to(fleet.cluster('east').url);
    relay.cut();
    const good = await access('east');
    await fleet.registry.create({
      a: entry({ ...good, server: relay.url.replace('127.0.0.1', '0.0.0.0') }),
      b: entry({ ...good, server: relay.url.replace('127.0.0.1', '0.0.0.0') }),
      c: entry({ ...good, server: relay.url.replace('127.0.0.1', '0.0.0.0') }),
      east: entry(good),
    });
    const startedAt = performance.now();

    const { code, clusters } = await report();

    const tookMs = performance.now() - startedAt;
    await relay.stop();
    expect(code).toBe(1);
    expect(clusters.map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'failed', 'good']);
    expect(failures(clusters[0] as Target)).toMatchObject([
      { step: 'TLS', message: 'The server did not answer in time.', remedy: expect.any(String) },
    ]);
    // One after the other would take three times the limit; starting takes its time, too.
    expect(tookMs).toBeLessThan(2 * LIMIT_MS + 1_000);
  });

  it('checks the clusters that are named alone, and knows no others', async () => {
    await fleet.registry.create({ east: entry(await access('east')), west: 'garbage' });

    const one = await report(['east']);
    const none = await check(['north']);

    expect(one.code).toBe(0);
    expect(one.clusters.map(({ name }) => name)).toEqual(['east']);
    expect(none).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^mcce: The registry has no cluster north; `mcce cluster list` shows/m),
    });
  });

  describe('on a hub', () => {
    /** The first step that fails, and how it ended. */
    const failure = async (environment: Record<string, string> = {}) => {
      const { code, hub, clusters } = await report([], environment);
      return { code, ...failures(hub)[0], clusters: clusters.map(({ verdict }) => verdict) };
    };

    it('that has no kubeconfig, ends with 2', async () => {
      expect(await failure({ KUBECONFIG: join(directory, 'none') })).toMatchObject({
        code: 2,
        step: 'kubeconfig',
        remedy: expect.stringContaining('KUBECONFIG'),
      });
    });

    it('that nobody can reach, ends with 2', async () => {
      const server = `https://127.0.0.1:${await freePort()}`;

      expect(await failure({ KUBECONFIG: await kubeconfigFile({ server }) })).toMatchObject({
        code: 2,
        step: 'TCP',
        clusters: [],
      });
    });

    it('that does not accept the credentials, ends with 2', async () => {
      const token = canaries.make('unknown token for the hub');

      expect(await failure({ KUBECONFIG: await kubeconfigFile({ token }) })).toMatchObject({
        code: 2,
        step: 'authentication',
        remedy: 'Log in again, or renew the credentials in the kubeconfig.',
      });
    });

    it('whose registry the user may not list, ends with 2', async () => {
      const metadata = { name: 'nobody', namespace: 'default' };
      await fleet.hub.admin.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }]);
      const token = await fleet.hub.serviceAccountToken('default', 'nobody');

      expect(await failure({ KUBECONFIG: await kubeconfigFile({ token }) })).toMatchObject({
        code: 2,
        step: 'permission',
        message: expect.stringContaining('list, watch the Secret default/multi-k8s-config'),
      });
    });

    it('on which the exporter lacks a verb, names it, and checks the clusters all the same', async () => {
      await fleet.registry.create({ east: entry(await access('east')) });
      const path = `${ROLES}/multi-cluster-config-exporter`;
      const role = await fleet.hub.admin.must('GET', path);
      const rules = (role.rules as { verbs: string[] }[]).map((rule) => ({
        ...rule,
        verbs: rule.verbs.filter((verb) => verb !== 'patch'),
      }));
      await putRules(path, rules);

      const pod = { name: 'exporter-0', namespace: 'default', serviceAccount: EXPORTER, port: 1 };
      await createPod(fleet.hub.admin, { ...pod, labels: EXPORTER_LABELS });

      const found = await failure({ MCCE_LEADER_ELECTION: 'true' });

      await deletePod(fleet.hub.admin, 'default', pod.name);
      await putRules(path, role.rules as object[]);
      expect(found).toEqual({
        code: 1,
        step: 'permission',
        verdict: 'failed',
        message:
          'The exporter (the ServiceAccount default/multi-cluster-config-exporter) may not patch the Secret default/multi-storage-config; patch the Lease default/multi-cluster-config-exporter.',
        remedy: 'Grant it on the hub:\nmcce manifests hub -n default | kubectl apply -f -',
        clusters: ['good'],
      });
    });

    const putRules = async (path: string, rules: readonly object[]) => {
      const current: KubeObject = await fleet.hub.admin.must('GET', path);
      await fleet.hub.admin.must('PUT', path, { body: { ...current, rules } });
    };

    it('without a registry, or with an empty one, ends with 1', async () => {
      const missing = await failure();
      await fleet.registry.create({});
      const empty = await failure();

      expect(missing).toMatchObject({
        code: 1,
        step: 'registry',
        message: 'The registry does not exist: there is no Secret default/multi-k8s-config.',
        remedy: expect.stringContaining('mcce cluster add'),
      });
      expect(empty).toMatchObject({ code: 1, step: 'registry', message: expect.stringContaining('empty') });
    });

    it.each([
      ['immutable', { immutable: true }],
      ['of another type', { type: 'example.com/other' }],
    ])('whose aggregate is %s, says that it is to be deleted', async (_what, fields) => {
      await fleet.registry.create({ east: entry(await access('east')) });
      await fleet.aggregate.create({}, fields);

      expect(await failure()).toMatchObject({
        code: 1,
        step: 'aggregate',
        remedy: 'Save what you need of it and delete it; the exporter then creates it again.',
        clusters: ['good'],
      });
    });

    it('whose aggregate is nearly full, warns', async () => {
      await fleet.registry.create({ east: entry(await access('east')) });
      await fleet.aggregate.create({ east: JSON.stringify({ a: btoa('y'.repeat(650_000)) }) });

      const { code, hub } = await report();

      expect(code).toBe(0);
      expect(step(hub, 'room')).toMatchObject({
        verdict: 'warning',
        message: expect.stringMatching(/^aggregate: \d+ KiB of 1024 KiB \(8\d%\); registry: /),
      });
    });

    it('with settings that are wrong, ends with 2', async () => {
      const { code, stderr } = await check([], { MCCE_PAYLOAD_CHECK: 'canary' });

      expect(code).toBe(2);
      expect(stderr).toContain('MCCE_PAYLOAD_CHECK');
    });
  });

  describe('on a terminal', () => {
    const onTerminal = async (environment: Record<string, string> = {}): Promise<Outcome> => {
      const child = new Child('script', ['-qec', `${process.execPath} ${MCCE} check`, '/dev/null'], {
        env: {
          PATH: process.env.PATH,
          HOME: directory,
          KUBECONFIG: kubeconfig,
          TERM: 'xterm-256color',
          ...environment,
        },
      });
      const code = await child.ended;
      printed.push(child.output);
      return { code: Number(code), stdout: child.output, stderr: '' };
    };

    it('shows colours and what is being tried', async () => {
      await fleet.registry.create({ east: entry(await access('east')) });

      const { code, stdout } = await onTerminal();

      expect(code).toBe(0);
      expect(stdout).toContain('\u001b[32m✓\u001b[39m cluster east');
      expect(stdout).toContain('checking the hub: DNS');
      expect(stdout).toContain('checking 1 of 1: east: TLS');
      // The line of the progress is gone before the report begins.
      expect(stdout.lastIndexOf('checking')).toBeLessThan(stdout.lastIndexOf('\u001b[2K'));
    });

    it('shows none with NO_COLOR', async () => {
      await fleet.registry.create({ east: entry(await access('east')) });

      const { stdout } = await onTerminal({ NO_COLOR: '1' });

      expect(stdout).toContain('✓ cluster east');
      expect(stdout).not.toContain('\u001b[32m');
      expect(stdout).toContain('checking 1 of 1: east: TLS');
    });
  });

  it('printed nothing of a token, a key or a value in all of this', () => {
    expect(printed.length).toBeGreaterThan(30);
    expect(canaries.foundIn(printed.join('\n'))).toEqual([]);
  });

  it('ends on Ctrl-C while a cluster does not answer, and prints no half of a report', async () => {
    const silent = await deadForHandshakes();
    try {
      const { ca, token } = await access('east');
      const server = `https://127.0.0.1:${silent.port}`;
      await fleet.registry.create({ silent: primusLensEntry({ server, ca, token }) });
      const env = {
        PATH: process.env.PATH,
        HOME: directory,
        KUBECONFIG: kubeconfig,
        MCCE_READ_TIMEOUT: '50s',
      };
      const checking = new Child(process.execPath, [MCCE, 'check'], { env });
      await silent.reached;

      expect(await checking.stop('SIGINT')).toBe(2);
      expect(checking.output).toBe('mcce: SIGINT ended it before it was done.\n');
    } finally {
      await silent.close();
    }
  });
});
