import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault, FaultyRequest } from '../sandbox/faults.ts';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { SUMMARIES } from '../support/summaries-extension.ts';
import { FaultRig } from './fault-rig.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const VERBS = ['get', 'list', 'watch', 'create', 'patch', 'delete'];
const NAMES = ['east', 'north', 'west'];
const ALL = { 'summary-east': 'east 1', 'summary-north': 'north 1', 'summary-west': 'west 1' };
const WITHOUT_WEST = { 'summary-east': 'east 1', 'summary-north': 'north 1' };
/** A killed leader is replaced within 17 s. */
const FAILOVER = { timeoutMs: 25_000 };

type When = (request: FaultyRequest) => boolean;
const lists: When = ({ method, path, watch }) => method === 'GET' && path === CONFIG_MAPS && !watch;
const watches: When = ({ path, watch }) => path === CONFIG_MAPS && watch;
const looks: When = ({ method, path }) => method === 'GET' && path.startsWith(`${CONFIG_MAPS}/`);
const applies: When = ({ method, path }) => method === 'PATCH' && path.startsWith(CONFIG_MAPS);
const removes: When = ({ method, path }) => method === 'DELETE' && path.startsWith(CONFIG_MAPS);

describe('the objects of an output', () => {
  let folder: string;
  let rig: FaultRig;
  /** Names of the objects that were ever deleted. */
  let deleted: (string | undefined)[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-outputs-'));
    await writeFile(join(folder, 'summaries.mjs'), SUMMARIES);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    rig = await FaultRig.start(NAMES);
    allow(VERBS);
    deleted = [];
    rig.hub.store.subscribe(({ type, object: { kind, metadata } }) => {
      if (type === 'DELETED' && kind === 'ConfigMap') deleted.push(metadata?.name);
    });
    await create('mine', { text: 'of somebody else' });
  });

  afterEach(async () => {
    expect((await maps()).mine).toBe('of somebody else');
    await rig.stop();
  });

  /** What the exporter may do with ConfigMaps. */
  const allow = (verbs: readonly string[]) => rig.allowAlso([{ verbs, resource: 'configmaps' }]);
  const start = (settings: Record<string, string> = {}) =>
    rig.startExporter({ MCCE_EXTENSIONS: join(folder, 'summaries.mjs'), ...settings });
  const create = (name: string, data: object) =>
    rig.hub.admin.must('POST', CONFIG_MAPS, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
    });
  const edit = (name: string, body: object) =>
    rig.hub.admin.must('PATCH', `${CONFIG_MAPS}/${name}`, {
      body,
      contentType: 'application/merge-patch+json',
    });
  const remove = (name: string) => rig.hub.admin.must('DELETE', `${CONFIG_MAPS}/${name}`);
  const maps = async () => {
    const { items } = (await rig.hub.admin.must('GET', CONFIG_MAPS)) as { items: KubeObject[] };
    return Object.fromEntries(items.map(({ metadata, data }) => [metadata?.name, data?.text]));
  };
  const expectMaps = (wanted: Record<string, string>, options?: { timeoutMs: number }) =>
    eventually(async () => expect(await maps()).toEqual({ ...wanted, mine: 'of somebody else' }), options);
  const expectOutput = (exporter: ExporterProcess, output: object, options?: { timeoutMs: number }) =>
    eventually(async () => expect((await exporter.status()).outputs).toMatchObject([output]), options);
  const expectProblem = (exporter: ExporterProcess, text: string) =>
    eventually(
      async () =>
        expect((await exporter.status()).problems).toEqual([
          expect.objectContaining({
            code: 'OutputFailed',
            subject: 'outputs/summaries',
            message: expect.stringContaining(text),
          }),
        ]),
      { timeoutMs: 15_000 },
    );

  /** Injects a fault, and resolves once a request has met it. */
  const untilMet = (fault: Fault, when: When, skipped = 0): Promise<void> => {
    const met = Promise.withResolvers<void>();
    let count = 0;
    rig.hub.faults.inject(fault, {
      when: (request) => {
        if (!when(request) || count++ < skipped) return false;
        // The request itself goes on first.
        setTimeout(met.resolve, 100);
        return true;
      },
    });
    return met.promise;
  };

  describe('are as they should be after a kill', () => {
    it.each<[string, Fault, When, number]>([
      ['lists them', { kind: 'hang' }, lists, 0],
      ['watches them', { kind: 'hang' }, watches, 0],
      ['looks whether one is there', { kind: 'hang' }, looks, 1],
      ['applies one', { kind: 'hang' }, applies, 1],
      ['has applied one, and does not know yet', { kind: 'hang-answer' }, applies, 1],
    ])('while it %s', async (_step, fault, when, skipped) => {
      const met = untilMet(fault, when, skipped);
      const exporter = await start();
      await met;

      await exporter.stop('SIGKILL');
      rig.hub.faults.clear();
      const next = await start();

      await expectMaps(ALL);
      await expectOutput(next, { state: 'current', wanted: 3, applied: 3, refused: [] });
      expect(deleted).toEqual([]);
    });

    it.each<[string, Fault]>([
      ['removes one', { kind: 'hang' }],
      ['has removed one, and does not know yet', { kind: 'hang-answer' }],
    ])('while it %s', async (_step, fault) => {
      const exporter = await start();
      await expectMaps(ALL);
      const met = untilMet(fault, removes);
      await rig.registry.edit({ west: null });
      await met;

      await exporter.stop('SIGKILL');
      rig.hub.faults.clear();
      const next = await start();

      await expectMaps(WITHOUT_WEST);
      await expectOutput(next, { state: 'current', wanted: 2, applied: 2 });
      expect(deleted).toEqual(['summary-west']);
    });
  });

  describe('are taken over by a standby', () => {
    const startTwo = async () => {
      const leader = await start({ MCCE_LEADER_ELECTION: 'true' });
      await eventually(async () => expect((await leader.status()).leadership.role).toBe('leader'));
      const standby = await start({ MCCE_LEADER_ELECTION: 'true' });
      await standby.waitUntilReady();
      return { leader, standby };
    };

    it('that goes on where a killed leader was', async () => {
      const met = untilMet({ kind: 'hang-answer' }, applies, 1);
      const { leader, standby } = await startTwo();
      await met;
      expect((await standby.status()).outputs).toMatchObject([{ state: 'waiting', applied: 0 }]);

      await leader.stop('SIGKILL');
      rig.hub.faults.clear();

      await expectMaps(ALL, FAILOVER);
      await expectOutput(standby, { state: 'current', applied: 3 });
      expect(deleted).toEqual([]);
      expect((await standby.status()).problems).toEqual([]);
    });

    it('without a write where all is as it should be, when a leader stops', async () => {
      const { leader, standby } = await startTwo();
      await expectMaps(ALL);
      await expectOutput(leader, { state: 'current', applied: 3 });
      const versions = async () => {
        const { items } = (await rig.hub.admin.must('GET', CONFIG_MAPS)) as { items: KubeObject[] };
        return items.map(({ metadata }) => metadata?.resourceVersion);
      };
      const before = await versions();

      await leader.stop();

      await expectOutput(standby, { state: 'current', applied: 3 }, FAILOVER);
      expect(await versions()).toEqual(before);
    });
  });

  it('come back when somebody deletes, empties or edits them', async () => {
    const exporter = await start();
    await expectMaps(ALL);
    await expectOutput(exporter, { state: 'current' });

    await remove('summary-east');
    await edit('summary-north', { data: { text: 'edited' } });
    await edit('summary-west', { data: null });

    await expectMaps(ALL);
    await expectOutput(exporter, { state: 'current', applied: 3 });
  });

  it('belong to whoever takes their label away, and that is said', async () => {
    const exporter = await start();
    await expectMaps(ALL);
    await expectOutput(exporter, { state: 'current' });

    await edit('summary-west', {
      metadata: { labels: { 'multi-cluster-config-exporter/output': null } },
      data: { text: 'now mine' },
    });

    await expectProblem(exporter, "ConfigMap/default/summary-west is there, and is not the exporter's.");
    await rig.registry.edit({ west: null });
    await expectOutput(exporter, { state: 'current', wanted: 2, refused: [] });
    expect((await maps())['summary-west']).toBe('now mine');
  });

  it('are not kept while rights are missing, as a problem says, and are again once they are back', async () => {
    const exporter = await start();
    await expectMaps(ALL);

    allow([]);
    await remove('summary-east');
    await expectProblem(exporter, 'ConfigMap/default/summary-east');
    // The aggregate is not concerned.
    await rig.source('east').edit({ opensearch: 'east 2' });
    await eventually(async () => expect((await rig.aggregate.data()).get('east')).toContain('ZWFzdCAy'));

    allow(VERBS);
    await expectMaps({ ...ALL, 'summary-east': 'east 2' }, { timeoutMs: 15_000 });
    await eventually(async () => expect((await exporter.status()).problems).toEqual([]));
  });

  it('stay while the right to delete is missing, and go once it is there', async () => {
    const exporter = await start();
    await expectMaps(ALL);

    allow(VERBS.filter((verb) => verb !== 'delete'));
    await rig.registry.edit({ west: null });
    await expectProblem(exporter, 'ConfigMap/default/summary-west');
    expect(await maps()).toMatchObject(ALL);

    allow(VERBS);
    await expectMaps(WITHOUT_WEST, { timeoutMs: 15_000 });
    await eventually(async () => expect((await exporter.status()).problems).toEqual([]));
  });

  it('are made as soon as rights are granted that were missing at the start', async () => {
    allow([]);
    const exporter = await start();
    await exporter.waitUntilReady();
    await expectProblem(exporter, 'Objects of the kind ConfigMap cannot be watched.');
    await eventually(async () => expect((await rig.aggregate.data()).size).toBe(3));

    allow(VERBS);

    await expectMaps(ALL, { timeoutMs: 15_000 });
    await eventually(async () => expect((await exporter.status()).problems).toEqual([]));
  });

  it('are as they should be after the hub hung, dropped answers and was gone', async () => {
    const exporter = await start();
    await expectMaps(ALL);
    await expectOutput(exporter, { state: 'current' });

    rig.hub.faults.inject({ kind: 'drop-answer' }, { when: applies, times: 2 });
    rig.hub.faults.inject({ kind: 'status', status: 503 }, { when: removes, times: 2 });
    await rig.source('east').edit({ opensearch: 'east 2' });
    await rig.registry.edit({ west: null });

    await expectMaps({ ...WITHOUT_WEST, 'summary-east': 'east 2' }, { timeoutMs: 30_000 });
    await expectOutput(exporter, { state: 'current', wanted: 2, applied: 2 }, { timeoutMs: 15_000 });
  });
});
