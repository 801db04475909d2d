import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { SUMMARIES } from '../support/summaries-extension.ts';
import { Fleet } from './fleet.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const SUMMARY = `${CONFIG_MAPS}/summary-east`;
const RBAC = 'rbac.authorization.k8s.io';
/** What the doc comment of `Output` says that it needs. */
const VERBS = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

describe('the objects of an output, on a real API server', () => {
  let fleet: Fleet;
  let folder: string;

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
    folder = await mkdtemp(join(tmpdir(), 'mcce-outputs-'));
    await writeFile(join(folder, 'summaries.mjs'), SUMMARIES);
  });

  afterEach(async () => {
    await fleet.reset();
    await fleet.hub.admin.request('DELETE', SUMMARY);
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const grant = async (verbs: readonly string[]) => {
    const metadata = { name: 'summaries', namespace: 'default' };
    await fleet.hub.admin.apply([
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
      },
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: RBAC, kind: 'Role', name: 'summaries' },
        subjects: [{ kind: 'ServiceAccount', name: 'multi-cluster-config-exporter', namespace: 'default' }],
      },
    ]);
  };
  /** Starts the exporter with east in the registry, whose source holds `one`. */
  const start = async (settings: Record<string, string> = {}, verbs = VERBS) => {
    await grant(verbs);
    await fleet.source('east').create({ opensearch: 'one' });
    await fleet.registry.create({ east: await fleet.entry('east') });
    return await fleet.startExporter({ MCCE_EXTENSIONS: join(folder, 'summaries.mjs'), ...settings });
  };
  const summary = async (): Promise<KubeObject | undefined> => {
    const { status, body } = await fleet.hub.admin.request('GET', SUMMARY);
    return status === 404 ? undefined : body;
  };
  const expectData = (data: object | undefined) =>
    eventually(async () => expect((await summary())?.data).toEqual(data), { timeoutMs: 15_000 });
  const create = (data: object) =>
    fleet.hub.admin.must('POST', CONFIG_MAPS, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'summary-east' }, data },
    });
  const edit = (body: object) =>
    fleet.hub.admin.must('PATCH', SUMMARY, { body, contentType: 'application/merge-patch+json' });
  const problems = async (exporter: ExporterProcess) =>
    (await exporter.status()).problems.map(({ code, subject }) => `${code} ${subject}`);

  it('are applied by a field manager of their own, follow, are restored, and go with the key', async () => {
    const exporter = await start();
    await expectData({ text: 'one' });
    const { metadata } = (await summary()) ?? {};
    expect(metadata?.managedFields).toMatchObject([
      { manager: 'multi-cluster-config-exporter-summaries', operation: 'Apply' },
    ]);
    expect(metadata?.labels).toMatchObject({ 'multi-cluster-config-exporter/output': 'summaries' });

    await fleet.source('east').edit({ opensearch: 'two' });
    await expectData({ text: 'two' });

    await edit({ data: { text: 'edited', more: 'of others' } });
    await expectData({ text: 'two', more: 'of others' });

    await fleet.hub.admin.must('DELETE', SUMMARY);
    await expectData({ text: 'two' });

    await fleet.registry.edit({ west: await fleet.entry('east'), east: null });
    await eventually(async () => expect(await summary()).toBeUndefined());
    expect(await problems(exporter)).not.toContain('OutputFailed outputs/summaries');
    await eventually(() => fleet.hub.admin.must('DELETE', `${CONFIG_MAPS}/summary-west`));
  });

  it('are left alone where they are those of somebody else, and that is said', async () => {
    await create({ of: 'somebody' });
    const exporter = await start();

    await eventually(async () =>
      expect(await problems(exporter)).toContain('OutputFailed outputs/summaries'),
    );
    expect((await summary())?.data).toEqual({ of: 'somebody' });
  });

  it('are adopted where the output asks for that', async () => {
    await create({ text: 'of somebody' });
    const exporter = await start({ MCCE_X_SUMMARIES_EXISTING: 'adopt' });

    await expectData({ text: 'one' });
    await eventually(async () =>
      expect((await exporter.status()).outputs).toMatchObject([{ state: 'current', applied: 1 }]),
    );
  });

  it('are deleted and created again where they are immutable and replaceable', async () => {
    await start({ MCCE_X_SUMMARIES_IMMUTABLE: 'true' });
    await expectData({ text: 'one' });
    const before = (await summary())?.metadata?.uid;

    await fleet.source('east').edit({ opensearch: 'two' });

    await expectData({ text: 'two' });
    expect((await summary())?.metadata?.uid).not.toBe(before);
  });

  it.each(VERBS)('need the right to %s', async (missing) => {
    const exporter = await start(
      {},
      VERBS.filter((verb) => verb !== missing),
    );
    if (missing === 'delete') {
      await expectData({ text: 'one' });
      await fleet.registry.edit({ west: await fleet.entry('east'), east: null });
    }

    await eventually(
      async () => expect(await problems(exporter)).toContain('OutputFailed outputs/summaries'),
      {
        timeoutMs: 20_000,
      },
    );
    await fleet.hub.admin.request('DELETE', `${CONFIG_MAPS}/summary-west`);
  });
});
