import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHART, Helm } from '../chart/helm.ts';
import { Fleet } from './fleet.ts';

const run = promisify(execFile);
const NAME = 'exporter-multi-cluster-config-exporter';
const CONFIG_MAP = `/api/v1/namespaces/default/configmaps/${NAME}`;

describe('the chart, installed by helm on a real API server', () => {
  let fleet: Fleet;
  let helm: Helm;
  let folder: string;

  beforeAll(async () => {
    helm = await Helm.find();
    fleet = await Fleet.start([]);
    folder = await mkdtemp(join(tmpdir(), 'mcce-chart-'));
    await cp(CHART, folder, { recursive: true });
    // The API server of the tests may be older than what the chart supports: 1.20 has no policy/v1.
    const chart = await readFile(join(folder, 'Chart.yaml'), 'utf8');
    await writeFile(join(folder, 'Chart.yaml'), chart.replace(/^kubeVersion: .*$/m, ''));
  });

  afterEach(async () => {
    await release('uninstall', 'exporter', '--ignore-not-found');
    await fleet.reset();
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const release = async (...args: string[]) =>
    (await run(helm.tools.helm, [...args, '--namespace', 'default', '--kubeconfig', fleet.hub.kubeconfig]))
      .stdout;
  const install = async (...set: string[]) =>
    await release(
      'upgrade',
      '--install',
      'exporter',
      folder,
      '--set',
      'podDisruptionBudget.enabled=false',
      ...set,
    );
  const logLevel = async () => (await fleet.hub.admin.must('GET', CONFIG_MAP)).data?.MCCE_LOG_LEVEL;
  const exists = async (path: string) => (await fleet.hub.admin.request('GET', path)).status === 200;

  it('is upgraded, and stopped by replicaCount=0', async () => {
    await install();

    await install('--set', 'config.logLevel=debug', '--set', 'replicaCount=0');

    expect(await logLevel()).toBe('debug');
    const deployment = await fleet.hub.admin.must(
      'GET',
      `/apis/apps/v1/namespaces/default/deployments/${NAME}`,
    );
    expect(deployment).toMatchObject({ spec: { replicas: 0 } });
  });

  it('refuses to overwrite what somebody changed with kubectl, unless it is told to', async () => {
    await install();
    await run(helm.tools.kubectl, [
      '--kubeconfig',
      fleet.hub.kubeconfig,
      '--namespace',
      'default',
      'patch',
      `configmap/${NAME}`,
      '--type',
      'merge',
      '--patch',
      '{"data": {"MCCE_LOG_LEVEL": "warn"}}',
    ]);

    await expect(install('--set', 'config.logLevel=debug')).rejects.toThrow('conflict with "kubectl-patch"');
    expect(await logLevel()).toBe('warn');
    await install('--set', 'config.logLevel=debug', '--force-conflicts');

    expect(await logLevel()).toBe('debug');
  });

  it('leaves registry and aggregate where they are when it is uninstalled, and nothing of its own', async () => {
    await fleet.registry.create({ east: 'an entry' });
    await fleet.aggregate.create({ east: '{}' });
    await install();
    expect(await exists(CONFIG_MAP)).toBe(true);

    await release('uninstall', 'exporter');

    expect(await exists(CONFIG_MAP)).toBe(false);
    expect([...(await fleet.registry.data()).keys()]).toEqual(['east']);
    expect([...(await fleet.aggregate.data()).keys()]).toEqual(['east']);
  });
});
