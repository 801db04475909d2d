import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { provisionTools } from '../chart/tools.ts';
import type { KubeObject } from '../support/api-client.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { Fleet } from './fleet.ts';

const run = promisify(execFile);
const CHART = join(import.meta.dirname, '../../helm');
const MCCE = join(import.meta.dirname, '../../dist/mcce.js');
const TEAM = '/api/v1/namespaces/team-a/secrets';

describe('views on a real API server', () => {
  let fleet: Fleet;
  let folder: string;
  let metrics: SecretEditor;

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
    folder = await mkdtemp(join(tmpdir(), 'mcce-views-'));
    metrics = new SecretEditor(fleet.hub.admin, 'metrics', 'team-a');
    await fleet.hub.admin.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } }]);
    await grantAsTheChart();
  });

  afterEach(async () => {
    await fleet.reset();
    await fleet.hub.admin.must('DELETE', `${TEAM}?labelSelector=multi-cluster-config-exporter/output=views`);
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The Roles of the views that the chart renders, for the ServiceAccount of the exporter. */
  const grantAsTheChart = async () => {
    const { helm } = await provisionTools();
    const { stdout } = await run(helm, [
      'template',
      'exporter',
      CHART,
      '--namespace=default',
      '--show-only=templates/views-roles.yaml',
      `--set-json=views=${JSON.stringify([METRICS])}`,
      '--set=serviceAccount.create=false,serviceAccount.name=multi-cluster-config-exporter',
    ]);
    await fleet.hub.admin.apply(
      (loadAll(stdout) as (KubeObject | null)[]).filter((object) => object !== null),
    );
  };
  const METRICS = { name: 'metrics', namespace: 'team-a', clusters: ['east'], keys: ['prometheus'] };
  const start = async (...views: object[]) => {
    const file = join(folder, 'views.yaml');
    await writeFile(file, JSON.stringify({ views }));
    await fleet.source('east').create({ postgres: 'secret', prometheus: 'one' });
    // Long enough for no problem of its own.
    const access = await fleet.access('east', { seconds: 30 * 86_400 });
    await fleet.registry.create({ east: primusLensEntry(access) });
    return await fleet.startExporter({ MCCE_EXTENSIONS: 'views', MCCE_X_VIEWS_FILE: file });
  };
  const expectView = async (text: string) =>
    await eventually(async () =>
      expect(Object.fromEntries(await metrics.data())).toEqual({
        east: `{"prometheus":"${Buffer.from(text).toString('base64')}"}`,
      }),
    );

  it('are written with the rights that the chart grants, follow their source, and are restored', async () => {
    const exporter = await start(METRICS);
    await expectView('one');

    await fleet.source('east').edit({ prometheus: 'two' });
    await expectView('two');
    await metrics.delete();
    await expectView('two');
    await metrics.edit({ east: 'edited' });
    await expectView('two');

    await eventually(async () =>
      expect((await exporter.status()).outputs).toMatchObject([
        { name: 'views', state: 'current', applied: 1 },
      ]),
    );
    expect((await exporter.status()).problems).toEqual([]);
  });

  it('can be read, and watched, with the Role that mcce prints, and nothing else can', async () => {
    await start(METRICS);
    await expectView('one');
    const { stdout } = await run(process.execPath, [MCCE, 'manifests', 'view', 'metrics', '-n', 'team-a']);
    const manifest = join(folder, 'view-rbac.yaml');
    await writeFile(manifest, stdout);
    const { kubectl } = await provisionTools();
    await run(kubectl, ['--kubeconfig', fleet.hub.kubeconfig, 'apply', '-f', manifest]);
    const token = await fleet.hub.serviceAccountToken('team-a', 'metrics-reader');

    const status = async (path: string) => (await fleet.hub.admin.request('GET', path, { token })).status;
    expect(await status(`${TEAM}/metrics`)).toBe(200);
    expect(await status(`${TEAM}?fieldSelector=metadata.name=metrics`)).toBe(200);
    expect(await status(TEAM)).toBe(403);
    expect(await status('/api/v1/namespaces/default/secrets/multi-storage-config')).toBe(403);
    expect(await status('/api/v1/namespaces/default/secrets/multi-k8s-config')).toBe(403);
    expect(await readFile(join(CHART, '../docs/manifests/view-rbac.yaml'), 'utf8')).toContain(
      'metrics-reader',
    );
  });

  it('may not be written where nothing is granted: that is reported, and the others are written', async () => {
    const exporter = await start(METRICS, { ...METRICS, name: 'other' });
    await expectView('one');

    await eventually(async () =>
      expect((await exporter.status()).problems).toEqual([
        expect.objectContaining({
          code: 'OutputFailed',
          subject: 'outputs/views',
          message: expect.stringContaining('Secret/team-a/other') as string,
        }),
      ]),
    );
  });

  it('that are no longer defined stay until somebody deletes them, and are reported', async () => {
    const label = 'multi-cluster-config-exporter/output';
    const old = new SecretEditor(fleet.hub.admin, 'old', 'team-a');
    await old.create({ east: '{}' }, { metadata: { name: 'old', labels: { [label]: 'views' } } });
    const exporter = await start(METRICS);
    await expectView('one');
    const problems = async () => (await exporter.status()).problems;

    await eventually(async () =>
      expect(await problems()).toEqual([
        expect.objectContaining({ message: expect.stringContaining('Secret/team-a/old') as string }),
      ]),
    );
    await old.delete();
    await eventually(async () => expect(await problems()).toEqual([]), { timeoutMs: 15_000 });
  });
});
