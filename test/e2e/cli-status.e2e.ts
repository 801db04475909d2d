import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { load } from 'js-yaml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess, StatusJson } from '../support/exporter-process.ts';
import { MCCE, mcce } from '../support/mcce.ts';
import { PseudoTerminal } from '../support/pseudo-terminal.ts';
import { EXPORTER_LABELS, Fleet } from './fleet.ts';
import { createPod, deletePod } from './pod-object.ts';

const EXPORTER = 'multi-cluster-config-exporter';

describe('mcce status', () => {
  let fleet: Fleet;
  let environment: { KUBECONFIG: string };
  let folder: string;

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west']);
    environment = { KUBECONFIG: fleet.hub.kubeconfig };
    folder = await mkdtemp(join(tmpdir(), 'mcce-status-'));
  });

  afterEach(async () => {
    await deletePod(fleet.hub.admin, 'default', hostname());
    await fleet.reset();
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const status = async (...args: string[]) => await mcce(['status', ...args], environment);

  /** Both clusters, with sources and entries. */
  const givenClusters = async () => {
    for (const name of ['east', 'west']) await fleet.source(name).create({ postgres: 'one' });
    await fleet.registry.create({ east: await fleet.entry('east'), west: await fleet.entry('west') });
  };

  /** The exporter as a process, and a Pod object that leads to it. */
  const givenExporter = async ({ leaderElection = true } = {}): Promise<ExporterProcess> => {
    const exporter = await fleet.startExporter({ MCCE_LEADER_ELECTION: String(leaderElection) });
    await createPod(fleet.hub.admin, {
      name: hostname(),
      namespace: 'default',
      serviceAccount: EXPORTER,
      port: exporter.port,
      labels: EXPORTER_LABELS,
    });
    return exporter;
  };

  /** A kubeconfig of somebody who may do nothing but this. */
  const givenOperator = async (name: string, rules: readonly object[]) =>
    await fleet.operatorKubeconfig(name, rules, folder);

  it('asks the leader through the API server, and ends with 0 while all is well', async () => {
    await givenClusters();
    await givenExporter();
    await status('--wait', '--timeout', '30s');

    const { code, stdout, stderr } = await status();

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^registry +present +\d+s +2$/m);
    expect(stdout).toMatch(/^aggregate +published +\d+s +2 +0\.\d KiB of 1 MiB +\d+s ago$/m);
    expect(stdout).toMatch(/^NAME +STATE +REASON +SINCE +LAST-SUCCESS +CREDENTIALS\neast +synced +ok +/m);
    expect(stdout).toMatch(/^west +synced +ok +\d+s +\d+s ago +in \d+m$/m);
    const json = await status('-o', 'json');
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      apiVersion: 'multi-cluster-config-exporter/v1',
      kind: 'Status',
      leadership: { role: 'leader' },
      clusters: [{ name: 'east' }, { name: 'west', state: 'synced' }],
    });
    expect(load((await status('-o', 'yaml')).stdout)).toMatchObject({ kind: 'Status' });
    expect((await status('-o', 'wide')).stdout).toContain(fleet.cluster('west').url);
  });

  it('finds the pod by its label where no leader is elected', async () => {
    await givenClusters();
    await givenExporter({ leaderElection: false });

    const { code, stdout } = await status('--wait', '--timeout', '30s');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^east +synced/m);
  });

  it('looks for the Lease where the settings of the exporter say, and for the pod where -n says', async () => {
    const { admin } = fleet.hub;
    const namespace = 'apps';
    await admin.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: EXPORTER, namespace } },
    ]);
    await admin.must('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
      body: {
        metadata: { name: EXPORTER, labels: EXPORTER_LABELS },
        data: { MCCE_NAMESPACE: 'default' },
      },
    });
    await givenClusters();
    const { port } = await fleet.startExporter({ MCCE_LEADER_ELECTION: 'true' });
    await createPod(admin, { name: hostname(), namespace, serviceAccount: EXPORTER, port });

    expect(await status('-n', namespace, '--wait', '--timeout', '30s')).toMatchObject({ code: 0 });
    expect(await status()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no pod \S+ in the namespace default\. .+ by -n; /),
    });
  });

  it('asks the address that --url names, with no word to the hub', async () => {
    await givenClusters();
    const exporter = await fleet.startExporter();
    const url = `http://127.0.0.1:${exporter.port}`;

    const { code, stdout } = await mcce(['status', '--wait', '--url', url, '-o', 'json']);

    expect(code).toBe(0);
    expect((JSON.parse(stdout) as StatusJson).counts).toMatchObject({ synced: 2 });
    await exporter.stop();
    expect(await mcce(['status', '--url', `${url}/`])).toEqual({
      code: 2,
      stdout: '',
      stderr: `mcce: ${url} does not answer (ECONNREFUSED); check the address, and that the port-forward still runs.\n`,
    });
  });

  it('ends with 1 for a registry that is not there, an entry that is refused, a cluster that is down', async () => {
    await givenExporter();
    await eventually(async () => expect(await status()).toMatchObject({ code: 1 }));
    expect((await status()).stdout).toContain(
      'registry: The registry does not exist on the hub. Create it by adding a cluster.',
    );

    await givenClusters();
    expect((await status('--wait')).code).toBe(0);
    await fleet.registry.edit({ broken: 'no entry' });
    await fleet.cluster('west').kill();
    try {
      const { stdout } = await eventually(async () => {
        const outcome = await status();
        expect(outcome.code).toBe(1);
        expect(outcome.stdout).toMatch(/^west +stale +connect +/m);
        return outcome;
      });

      expect(stdout).toMatch(/^broken +rejected +invalid_entry +/m);
      expect(stdout).toMatch(/^east +synced +ok +/m);
      expect(stdout).toMatch(
        /\n\ncluster\/broken: .+\ncluster\/west: The server cannot be reached \(ECONNREFUSED\)\. Check its address, .+\n$/,
      );
    } finally {
      await fleet.cluster('west').start();
    }
  });

  it('waits until all is well, and tells what is still wrong when the time is up', async () => {
    await givenExporter();
    await givenClusters();
    await fleet.registry.edit({ broken: 'no entry' });

    const late = await status('--wait', '--timeout', '2s');

    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(/^mcce: all is not well after 2s\.\n(cluster\/\w+: .+\n)*cluster\/broken: /);
    expect(late.stdout).toMatch(/^broken +rejected/m);
    const waiting = status('--wait', '--timeout', '30s');
    await fleet.registry.edit({ broken: null });
    expect(await waiting).toMatchObject({ code: 0, stderr: '' });
  });

  it('waits for an exporter that is not there yet', async () => {
    await givenClusters();
    const late = await status('--wait', '--timeout', '1s');
    expect(late).toMatchObject({ code: 1, stdout: '' });
    expect(late.stderr).toContain('There is no exporter in the namespace default');

    const waiting = status('--wait', '--timeout', '30s');
    await givenExporter();

    expect(await waiting).toMatchObject({ code: 0, stderr: '' });
  });

  it('prints a line for each change, where there is no terminal, until Ctrl-C', async () => {
    await givenClusters();
    await givenExporter();
    await status('--wait', '--timeout', '30s');
    const watching = new Child(process.execPath, [MCCE, 'status', '--watch'], {
      env: { PATH: process.env.PATH, ...environment },
    });
    const lines = () => watching.output.split('\n');
    await eventually(() => expect(watching.output).toMatch(/T\S+Z west synced ok\n/));

    await fleet.source('west').delete();

    await eventually(() =>
      expect(lines().at(-2)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ west missing not_found$/),
    );
    expect(lines().filter((line) => line.includes('east'))).toHaveLength(1);
    await deletePod(fleet.hub.admin, 'default', hostname());
    await eventually(() => expect(lines().at(-2)).toMatch(/Z The Lease .+ and there is no pod /));
    expect(await watching.stop('SIGINT')).toBe(0);
  });

  it('draws on a terminal, in colours, again and again until Ctrl-C', async () => {
    await givenClusters();
    await givenExporter();
    await status('--wait', '--timeout', '30s');
    const command = `'${process.execPath}' '${MCCE}' status`;

    const once = new PseudoTerminal(command, environment);
    expect(await once.ended).toBe(0);
    expect(once.output).toContain('\u001b[32msynced\u001b[39m');
    const plain = new PseudoTerminal(command, { ...environment, NO_COLOR: '1' });
    expect(await plain.ended).toBe(0);
    expect(plain.output).toBe(stripVTControlCharacters(plain.output));

    const watching = new PseudoTerminal(`${command} --watch`, environment);
    await eventually(() => expect(watching.output.split('\u001b[1;1H').length).toBeGreaterThan(2));
    await fleet.source('west').delete();
    await eventually(() => expect(watching.output).toContain('west   \u001b[31mmissing\u001b[39m'));
    const screen = stripVTControlCharacters(watching.output.split('\u001b[1;1H').at(-1) ?? '');
    expect(screen.indexOf('\nwest')).toBeLessThan(screen.indexOf('\neast'));
    watching.type('\u0003');
    expect(await watching.ended).toBe(0);
  });

  it('shows on a terminal that the connection is lost, above what it knew', async () => {
    await givenClusters();
    const exporter = await givenExporter();
    await status('--wait', '--timeout', '30s');
    const watching = new PseudoTerminal(`'${process.execPath}' '${MCCE}' status --watch`, environment);
    await eventually(() => expect(watching.output).toContain('synced'));

    await exporter.stop('SIGKILL');

    await eventually(() =>
      expect(stripVTControlCharacters(watching.output)).toMatch(
        /The pod \S+ does not answer the API server on port \d+ \(HTTP 50\d\)\. .+ What follows is of \S+Z\.\s+2 clusters: 2 synced\s+STATE/,
      ),
    );
    watching.type('\u0003');
    expect(await watching.ended).toBe(0);
  });

  it('says what to do where there is no exporter', async () => {
    expect(await status()).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'mcce: There is no exporter in the namespace default of the hub: no pod has the label multi-cluster-config-exporter/component=exporter. Is it installed there? Give its namespace by -n; if it runs outside of pods, give its address by --url.\n',
    });
    await fleet.lease.give('workstation_1');
    expect(await status()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /names workstation_1 as leader, and there is no pod workstation in the namespace default\. .+--url\.\n$/,
      ),
    });
  });

  it('names the leader where a replica stands by', async () => {
    await fleet.lease.give(`${hostname()}_1`);
    const exporter = await givenExporter();
    const message = `stands by and knows no cluster's state; ${hostname()}_1 holds the Lease default/${EXPORTER}. Ask the leader.\n`;

    const throughHub = await eventually(async () => {
      const outcome = await status();
      expect(outcome.stderr).toContain('stands by');
      return outcome;
    });

    expect(throughHub).toEqual({
      code: 2,
      stdout: '',
      stderr: `mcce: The replica at the pod default/${hostname()} ${message}`,
    });
    const url = `http://127.0.0.1:${exporter.port}`;
    expect(await status('--url', url)).toMatchObject({
      code: 2,
      stderr: `mcce: The replica at ${url} ${message}`,
    });
  });

  it('needs three permissions, and names the one that is missing', async () => {
    await givenClusters();
    await givenExporter();
    await status('--wait', '--timeout', '30s');
    const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get'] };
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
    const proxy = { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] };
    const ask = async (name: string, ...rules: object[]) =>
      await mcce(['status', '--wait', '--kubeconfig', await givenOperator(name, rules)]);
    const lacking = (permission: string) => ({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`is forbidden. You need ${permission} in the namespace default; `),
    });

    expect(await ask('nobody')).toEqual(lacking('get on leases'));
    expect(await ask('leases-alone', leases)).toEqual(lacking('get on pods'));
    expect(await ask('no-proxy', leases, pods)).toEqual(lacking('get on pods/proxy'));
    expect(await ask('operator', leases, pods, proxy)).toMatchObject({ code: 0 });
  });

  it('cannot be asked to watch for a program, or to wait and watch', async () => {
    expect(await status('--watch', '-o', 'json')).toMatchObject({ code: 2, stdout: '' });
    expect(await status('--watch', '--wait')).toMatchObject({ code: 2, stdout: '' });
    expect(await status('--url', 'localhost:8080')).toMatchObject({ code: 2, stdout: '' });
    expect(await status('--timeout', 'soon')).toMatchObject({ code: 2, stdout: '' });
  });
});
