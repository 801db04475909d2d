import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Rule } from '../sandbox/authorizer.ts';
import type { FaultyRequest } from '../sandbox/faults.ts';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { DATASOURCE, DATASOURCES } from '../support/grafana-objects.ts';
import { LENS_RESOURCES, lensSource } from '../support/lens-objects.ts';
import { FaultRig } from './fault-rig.ts';

/** A killed leader is replaced within 17 s. */
const FAILOVER = { timeoutMs: 25_000 };
const CORE = '/api/v1/namespaces/default';

/** What the output of an extension makes of two clusters. */
interface Case {
  readonly extension: string;
  readonly settings: (folder: string) => Record<string, string>;
  /** The rights that it needs. */
  readonly rules: readonly Rule[];
  /** Of the kind that is looked at. */
  readonly collection: string;
  readonly names: readonly string[];
  /** Names that stay when west leaves. */
  readonly withoutWest: readonly string[];
  /** Breaks an object. */
  readonly broken: KubeObject;
}

const ALL_VERBS = ['list', 'watch', 'get', 'create', 'patch', 'delete'];
const CASES: readonly Case[] = [
  {
    extension: 'views',
    settings: (folder) => ({ MCCE_X_VIEWS_FILE: join(folder, 'views.yaml') }),
    rules: [
      { verbs: ['list', 'watch'], resource: 'secrets' },
      { verbs: ['get', 'create', 'patch', 'delete'], resource: 'secrets', names: ['all', 'of-west'] },
    ],
    collection: `${CORE}/secrets`,
    names: ['all', 'of-west'],
    withoutWest: ['all', 'of-west'],
    broken: { data: { east: 'e30=' } },
  },
  {
    extension: 'grafana-datasources',
    settings: () => ({}),
    rules: [{ verbs: ALL_VERBS, resource: 'grafanadatasources' }],
    collection: DATASOURCES,
    names: ['east', 'west'],
    withoutWest: ['east'],
    broken: { spec: { datasource: { url: 'http://elsewhere.example' } } },
  },
  {
    extension: 'lens-proxies',
    settings: () => ({
      MCCE_X_LENS_PROXIES_ALLOWED_RANGES: '10.20.0.0/16',
      MCCE_X_LENS_PROXIES_ADDRESSES: 'east=10.20.0.1;west=10.20.0.2',
    }),
    rules: ['services', 'endpointslices', 'endpoints'].map((resource) => ({ verbs: ALL_VERBS, resource })),
    collection: `${CORE}/services`,
    names: ['east', 'west'].flatMap((name) => [
      `primus-lens-postgres-${name}`,
      `primus-lens-prometheus-read-${name}`,
      `primus-lens-prometheus-write-${name}`,
    ]),
    withoutWest: ['postgres', 'prometheus-read', 'prometheus-write'].map(
      (component) => `primus-lens-${component}-east`,
    ),
    broken: { spec: { ports: [{ name: 'x', port: 1, protocol: 'TCP', targetPort: 1 }] } },
  },
];

describe.each(CASES)('the objects of $extension', (output) => {
  let folder: string;
  let rig: FaultRig;
  const { collection, names } = output;
  const objectOf = ({ path }: FaultyRequest) => names.find((name) => path === `${collection}/${name}`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-outputs-'));
    const views = [
      { name: 'all', clusters: ['*'], keys: ['*'] },
      { name: 'of-west', clusters: ['west'], keys: ['prometheus'] },
    ];
    await writeFile(join(folder, 'views.yaml'), JSON.stringify({ views }));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    rig = await FaultRig.start(['east', 'west'], { resources: [DATASOURCE, ...LENS_RESOURCES] });
    rig.allowAlso(output.rules);
    for (const name of ['east', 'west']) await rig.source(name).edit({ ...lensSource(), opensearch: null });
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = (settings: Record<string, string> = {}) =>
    rig.startExporter({ MCCE_EXTENSIONS: output.extension, ...output.settings(folder), ...settings });
  /** The objects by name, without what the API server adds. */
  const objects = async () => {
    const { items = [] } = await rig.hub.admin.must('GET', collection);
    return new Map(
      items.flatMap(({ metadata, data, spec }) => {
        const name = metadata?.name ?? '';
        return names.includes(name) ? [[name, JSON.stringify([metadata?.labels, data, spec])]] : [];
      }),
    );
  };
  const versions = async () => {
    const { items = [] } = await rig.hub.admin.must('GET', collection);
    return items.flatMap(({ metadata }) =>
      names.includes(metadata?.name ?? '')
        ? [[metadata?.name, metadata?.uid, metadata?.resourceVersion]]
        : [],
    );
  };
  const expectNames = (wanted: readonly string[], options?: { timeoutMs: number }) =>
    eventually(
      async () => expect([...(await objects()).keys()].toSorted()).toEqual(wanted.toSorted()),
      options,
    );
  const expectCurrent = (exporter: ExporterProcess, options = { timeoutMs: 15_000 }) =>
    eventually(
      async () =>
        expect((await exporter.status()).outputs).toMatchObject([{ state: 'current', refused: [] }]),
      options,
    );
  /** What they look like while nothing is wrong. */
  const settled = async (exporter: ExporterProcess) => {
    await expectNames(names);
    await expectCurrent(exporter);
    return await objects();
  };

  it.each([
    ['applies one', { kind: 'hang' }],
    ['has applied one, and does not know yet', { kind: 'hang-answer' }],
  ] as const)('are as they should be after a kill while it %s', async (_step, fault) => {
    const met = Promise.withResolvers<void>();
    rig.hub.faults.inject(fault, {
      when: (request) => {
        if (request.method !== 'PATCH' || objectOf(request) === undefined) return false;
        setTimeout(met.resolve, 100);
        return true;
      },
    });
    const exporter = await start();
    await met.promise;

    await exporter.stop('SIGKILL');
    rig.hub.faults.clear();

    await settled(await start());
  });

  it('are taken over by a standby, and not written again', async () => {
    const leader = await start({ MCCE_LEADER_ELECTION: 'true' });
    await eventually(async () => expect((await leader.status()).leadership.role).toBe('leader'));
    const standby = await start({ MCCE_LEADER_ELECTION: 'true' });
    await settled(leader);
    const before = await versions();

    await leader.stop('SIGKILL');

    await expectCurrent(standby, FAILOVER);
    expect(await versions()).toEqual(before);
    await rig.registry.edit({ west: null });
    await expectNames(output.withoutWest);
  });

  it('come back when somebody deletes or edits one', async () => {
    const exporter = await start();
    const before = await settled(exporter);
    const [first = '', last = ''] = [names[0], names.at(-1)];

    await rig.hub.admin.must('DELETE', `${collection}/${last}`);
    await rig.hub.admin.must('PATCH', `${collection}/${first}`, {
      body: output.broken,
      contentType: 'application/merge-patch+json',
    });

    await eventually(async () => expect(await objects()).toEqual(before));
    await expectCurrent(exporter);
  });

  it('stay while the rights are taken away, and are kept again once these are back', async () => {
    const exporter = await start();
    const before = await settled(exporter);

    rig.allowAlso(output.rules.map((rule) => ({ ...rule, verbs: ['list', 'watch'] })));
    await rig.hub.admin.must('DELETE', `${collection}/${names[0]}`);
    await eventually(
      async () =>
        expect((await exporter.status()).problems.map(({ code }) => code)).toContain('OutputFailed'),
      { timeoutMs: 15_000 },
    );
    expect((await objects()).size).toBe(names.length - 1);

    rig.allowAlso(output.rules);
    await eventually(async () => expect(await objects()).toEqual(before), { timeoutMs: 20_000 });
    await expectCurrent(exporter);
    await eventually(async () => expect((await exporter.status()).problems).toEqual([]));
  });
});
