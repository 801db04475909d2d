import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { Kubelet } from '../support/kubelet.ts';
import { MCCE, mcce as runMcce } from '../support/mcce.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import { EXPORTER_LABELS, Fleet } from './fleet.ts';
import { createPod, deletePod, ownAddress } from './pod-object.ts';

const PODS = ['exporter-0', 'exporter-1'];
const EAST = '{"cluster":"east","msg":"cluster state changed"}';
const WRITTEN = '{"changed":["west","east"],"msg":"aggregate written"}';
const WEST = '{"cluster":"west","msg":"cluster state changed"}';

describe('mcce logs', () => {
  let fleet: Fleet;
  let kubelet: Kubelet;
  let folder: string;
  let following: Child | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-logs-'));
    fleet = await Fleet.start([]);
  });

  beforeEach(async () => {
    const { admin } = fleet.hub;
    kubelet = await Kubelet.start(admin, 'node-0', ownAddress());
    for (const name of PODS)
      await createPod(admin, {
        name,
        namespace: 'default',
        serviceAccount: 'multi-cluster-config-exporter',
        port: 8080,
        labels: EXPORTER_LABELS,
        node: kubelet.node,
        sidecars: ['proxy'],
      });
    await lead('exporter-1_a');
    kubelet.log('exporter-0', '{"msg":"stands by"}');
    kubelet.log('exporter-1', [EAST, WRITTEN, WEST].join('\n'));
  });

  afterEach(async () => {
    await following?.stop('SIGKILL');
    following = undefined;
    for (const name of PODS) await deletePod(fleet.hub.admin, 'default', name);
    await fleet.hub.admin.must('DELETE', `/api/v1/nodes/${kubelet.node}`);
    await kubelet.stop();
    await fleet.reset();
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const lead = async (holder: string) => {
    await fleet.lease.delete();
    await fleet.lease.give(holder);
  };
  const environment = () => ({ HOME: folder, KUBECONFIG: fleet.hub.kubeconfig });
  const mcce = async (...args: string[]) => await runMcce(['logs', ...args], environment());
  const follow = (...args: string[]) => {
    const env = { PATH: process.env.PATH, ...environment() };
    following = new Child(process.execPath, [MCCE, 'logs', '--follow', ...args], { env });
    return following;
  };
  const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

  it('prints the log of the leader as it is', async () => {
    expect(await mcce()).toEqual({ code: 0, stdout: `${EAST}\n${WRITTEN}\n${WEST}\n`, stderr: '' });
  });

  it('prints what concerns some clusters, and the latest lines', async () => {
    expect(linesOf((await mcce('east')).stdout)).toEqual([EAST, WRITTEN]);
    expect(linesOf((await mcce('--tail', '1')).stdout)).toEqual([WEST]);
  });

  it('follows, once a stream has ended, too, and prints nothing twice', async () => {
    const child = follow('east');
    const output = () => linesOf(child.output);
    await eventually(() => expect(output()).toEqual([EAST, WRITTEN]));

    kubelet.endStreams();
    kubelet.log('exporter-1', `${WEST}\n${EAST}`);

    await eventually(() => expect(output()).toEqual([EAST, WRITTEN, EAST]));
  });

  it('follows when its connection with the hub is cut', async () => {
    const relay = await TcpRelay.to(fleet.hub.url);
    try {
      const file = join(folder, 'relayed.json');
      const kubeconfig = await readFile(fleet.hub.kubeconfig, 'utf8');
      await writeFile(file, kubeconfig.replaceAll(fleet.hub.url, relay.url), { mode: 0o600 });
      const child = follow('east', '--kubeconfig', file);
      await eventually(() => expect(child.output).toContain(WRITTEN));

      relay.cut();
      kubelet.log('exporter-1', EAST);
      relay.restore();

      await eventually(() =>
        expect(linesOf(child.output).filter((line) => line.startsWith('{'))).toEqual([EAST, WRITTEN, EAST]),
      );
    } finally {
      await relay.stop();
    }
  });

  it('follows the leader through a failover, and ends with 0', async () => {
    const child = follow();
    await eventually(() => expect(child.output).toContain(WEST));

    await lead('exporter-0_b');
    kubelet.endStreams();

    await eventually(() => expect(child.output).toContain('{"msg":"stands by"}'));
    expect(child.output).toContain('The pod exporter-0 leads now.\n');
    kubelet.log('exporter-0', '{"msg":"leads"}');
    await eventually(() => expect(child.output).toContain('{"msg":"leads"}'));
    expect(await child.stop('SIGINT')).toBe(0);
  });

  it('waits for the next leader', async () => {
    const child = follow();
    await eventually(() => expect(child.output).toContain(WEST));

    await lead('gone_c');
    kubelet.endStreams();

    await eventually(() => expect(child.output).toMatch(/there is no pod gone/));
    await lead('exporter-1_d');
    await eventually(() => expect(kubelet.followersOf('exporter-1')).toBe(1));
    expect(linesOf(child.output).filter((line) => line === EAST)).toHaveLength(1);
  });

  it('says what is wrong, and what to do', async () => {
    expect(await mcce('--tail', 'all')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('It is not a number of lines such as 100.'),
    });
    expect((await mcce('--previous', '--follow')).code).toBe(2);
  });

  it('needs a permission for the log, and names it', async () => {
    const may = (group: string, ...resources: string[]) => ({
      apiGroups: [group],
      resources,
      verbs: ['get'],
    });
    const lease = may('coordination.k8s.io', 'leases');
    const ask = async (name: string, ...pods: string[]) =>
      await mcce('--kubeconfig', await fleet.operatorKubeconfig(name, [lease, may('', ...pods)], folder));

    expect(await ask('no-logs', 'pods')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('You need get on pods/log in the namespace default.'),
    });
    expect(await ask('operator', 'pods', 'pods/log')).toMatchObject({ code: 0 });
  });
});
