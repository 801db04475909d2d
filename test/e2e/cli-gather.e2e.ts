import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Canaries } from '../support/canaries.ts';
import { kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { type ExporterProcess, kubeconfigFor } from '../support/exporter-process.ts';
import { Kubelet } from '../support/kubelet.ts';
import { mcce } from '../support/mcce.ts';
import { EXPORTER_LABELS, Fleet, installSettings } from './fleet.ts';
import { createPod, deletePod, ownAddress } from './pod-object.ts';

const EXPORTER = 'multi-cluster-config-exporter';
const POD = 'exporter-0';

describe('mcce gather', () => {
  const canaries = new Canaries();
  let fleet: Fleet;
  let exporter: ExporterProcess;
  let kubelet: Kubelet;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-gather-'));
    fleet = await Fleet.start(['east', 'west']);
    await fleet.source('east').create({ postgres: canaries.make('value of a source') });
    const access = await fleet.access('east');
    canaries.add('token of an entry', access.token);
    await fleet.registry.create(
      {
        east: primusLensEntry(access),
        west: primusLensEntry({
          ...(await fleet.access('west')),
          token: canaries.make('token that is not accepted'),
        }),
        refused: kubeconfigEntry(access, { user: { password: canaries.make('password of an entry') } }),
      },
      {
        metadata: {
          name: 'multi-k8s-config',
          // As kubectl apply leaves it.
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
              stringData: { east: canaries.make('annotation of the registry') },
            }),
          },
        },
      },
    );
    const { admin } = fleet.hub;
    await installSettings(admin, {
      data: { MCCE_READ_TIMEOUT: '1500ms', MCCE_X_MINE_PASSWORD: canaries.make('setting of an extension') },
    });
    exporter = await fleet.startExporter();
    await eventually(async () => expect((await exporter.cluster('west')).reason).toBe('unauthorized'));
    await eventually(async () => expect((await exporter.status()).aggregate.keys).toBe(1));
    canaries.add(
      'value of the aggregate',
      Buffer.from((await fleet.aggregate.data()).get('east') ?? '').toString('base64'),
    );
    const log = `${exporter.output}\n{"level":"info","extension":"Bearer ${canaries.make('log of an extension')}"}\n`;
    kubelet = await Kubelet.start(admin, 'node-0', ownAddress());
    kubelet.log(POD, log);
    await createPod(admin, {
      name: POD,
      namespace: 'default',
      serviceAccount: EXPORTER,
      port: exporter.port,
      labels: EXPORTER_LABELS,
      node: kubelet.node,
      // As the chart lets people add them.
      sidecars: ['proxy'],
    });
  });

  afterAll(async () => {
    await deletePod(fleet.hub.admin, 'default', POD);
    await kubelet?.stop();
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const gather = async (file: string, kubeconfig = fleet.hub.kubeconfig) =>
    await mcce(['gather', '--file', join(folder, file)], { KUBECONFIG: kubeconfig });
  const unpack = async (file: string) => {
    const files = unzipSync(await readFile(join(folder, file)));
    return new Map(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
  };
  const json = (files: ReadonlyMap<string, string>, name: string): unknown =>
    JSON.parse(files.get(name) ?? '');

  it('collects what a bug report needs, and prints what the archive contains', async () => {
    const { code, stdout, stderr } = await gather('all.zip');

    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Wrote .*all\.zip\. It contains no content/),
    });
    const files = await unpack('all.zip');
    for (const name of files.keys()) expect(stdout).toContain(name);
    expect([...files.keys()].toSorted()).toEqual(
      [
        'README.txt',
        'about.json',
        'clusters.json',
        'gaps.json',
        ...['aggregate', 'events', 'lease', 'permissions', 'registry', 'settings', 'version'].map(
          (name) => `hub/${name}.json`,
        ),
        'pods.json',
        ...['log.txt', 'metrics.txt', 'status.json', 'timeline.json'].map((name) => `pods/${POD}/${name}`),
      ].filter((name) => name !== 'hub/lease.json'),
    );
    expect(json(files, `pods/${POD}/status.json`)).toMatchObject({
      kind: 'Status',
      problems: expect.arrayContaining([expect.objectContaining({ subject: 'cluster/west' })]),
    });
    expect(json(files, 'hub/settings.json')).toMatchObject({
      settings: { MCCE_READ_TIMEOUT: '1500ms' },
      otherNames: ['MCCE_X_MINE_PASSWORD'],
    });
    expect(json(files, 'hub/version.json')).toMatchObject({ gitVersion: expect.stringMatching(/^v1\./) });
    expect(json(files, 'clusters.json')).toMatchObject({
      east: { gitVersion: expect.stringMatching(/^v1\./) },
      refused: { problem: 'The entry is refused.' },
    });
    expect(json(files, 'hub/registry.json')).toMatchObject({ exists: true, writers: expect.any(Array) });
    expect(files.get(`pods/${POD}/log.txt`)).toContain('"message":"listening"');
    expect(files.get(`pods/${POD}/log.txt`)).toContain('Bearer [removed]');
    expect(files.get(`pods/${POD}/metrics.txt`)).toContain('mcce_build_info');
    expect((await stat(join(folder, 'all.zip'))).mode & 0o777).toBe(0o600);
  });

  it('contains no secret, neither in the archive nor in the output', async () => {
    const { stdout, stderr } = await gather('secrecy.zip');

    const files = await unpack('secrecy.zip');
    expect(canaries.foundIn([...files].flat().join('\n'))).toEqual([]);
    expect(canaries.foundIn(stdout + stderr)).toEqual([]);
  });

  it('leaves out what it may not read, and names the permission', async () => {
    const token = await fleet.replicaToken('gatherer');
    const { url, authority } = fleet.hub;
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(kubeconfigFor({ server: url, ca: authority.cert, token })), {
      mode: 0o600,
    });

    const { code, stderr } = await gather('some.zip', kubeconfig);

    expect(code).toBe(0);
    expect(stderr).toContain(
      'pods.json is not in it: It is forbidden. You need list on pods in the namespace default.',
    );
    const files = await unpack('some.zip');
    expect(files.has('hub/version.json')).toBe(true);
    expect(json(files, 'gaps.json')).toContainEqual(expect.objectContaining({ name: 'pods.json' }));
  });

  it('never overwrites a file', async () => {
    await writeFile(join(folder, 'there.zip'), 'mine');

    expect(await gather('there.zip')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('exists already'),
    });
    expect(await readFile(join(folder, 'there.zip'), 'utf8')).toBe('mine');
  });
});
