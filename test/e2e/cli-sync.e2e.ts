import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { exporterEvents } from '../support/exporter-events.ts';
import { mcce as runMcce } from '../support/mcce.ts';
import { Fleet, installSettings } from './fleet.ts';

describe('mcce sync', () => {
  let fleet: Fleet;
  let folder: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west']);
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcce-cli-'));
    environment = { HOME: folder, KUBECONFIG: fleet.hub.kubeconfig };
    for (const name of ['east', 'west']) await fleet.source(name).create({ postgres: `of ${name}` });
    await fleet.registry.create({ east: await fleet.entry('east'), west: await fleet.entry('west') });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    await fleet.reset();
  });

  const sync = async (...args: string[]) => await runMcce(['sync', ...args], environment);
  const valueOf = (name: string) =>
    JSON.stringify({ postgres: Buffer.from(`of ${name}`).toString('base64') });
  const aggregate = async () => Object.fromEntries(await fleet.aggregate.data());

  it('reads every cluster, publishes, prints their states and gives the Lease back', async () => {
    const { code, stdout, stderr } = await sync();

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^aggregate +published/m);
    expect(stdout).toMatch(/^east +synced +ok/m);
    expect(await aggregate()).toEqual({ east: valueOf('east'), west: valueOf('west') });
    expect((await fleet.lease.spec()).holderIdentity).toBe('');
    expect(await exporterEvents(fleet.hub.admin)).toEqual([]);
  });

  it('keeps what it cannot read, publishes the rest, and is done', async () => {
    await sync();
    await fleet.source('east').edit({ postgres: 'new' });
    await fleet.cluster('west').kill();
    try {
      const { code, stdout } = await sync('-o', 'json', '--timeout', '30s');

      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        kind: 'Status',
        clusters: [
          { name: 'east', state: 'synced' },
          { name: 'west', state: 'stale', reason: 'connect', published: true },
        ],
      });
      expect(await aggregate()).toEqual({
        east: JSON.stringify({ postgres: Buffer.from('new').toString('base64') }),
        west: valueOf('west'),
      });
    } finally {
      await fleet.cluster('west').start();
    }
  });

  it('goes on with the grace of a source that is missing, from run to run', async () => {
    const grace = { MCCE_MISSING_GRACE: '6s' };
    const syncOnce = async () => await runMcce(['sync', '--once'], { ...environment, ...grace });
    await syncOnce();
    await fleet.source('west').delete();
    const missingAt = performance.now();

    const { code, stdout } = await syncOnce();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^west +missing +not_found/m);
    expect(await aggregate()).toHaveProperty('west');
    const annotations = (await fleet.aggregate.read())?.metadata?.annotations ?? {};
    expect(annotations['multi-cluster-config-exporter/cluster-states']).toMatch(/^west missing not_found /);
    expect(annotations['multi-cluster-config-exporter/stale-clusters']).toBe('west');

    await eventually(
      async () => {
        await syncOnce();
        expect(await aggregate()).toEqual({ east: valueOf('east') });
      },
      { timeoutMs: 20_000 },
    );
    expect(performance.now() - missingAt).toBeGreaterThan(5_000);
  });

  describe('mcce diff', () => {
    const diff = async (...args: string[]) => await runMcce(['diff', ...args], environment);

    it('writes nothing, and prints which keys would come, change and go, without a value or a digest', async () => {
      const other = JSON.stringify({ opensearch: '', postgres: Buffer.from('old').toString('base64') });
      await fleet.aggregate.create({ east: other, gone: valueOf('east') });
      const { code, stdout, stderr } = await diff();

      expect([code, stderr]).toEqual([1, '']);
      expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
        ['', 'CLUSTER', 'BEFORE', 'AFTER', 'KEYS'],
        ['~', 'east', '35 bytes', '27 bytes', '~postgres -opensearch'],
        ['-', 'gone', '27 bytes', '-postgres'],
        ['+', 'west', '27 bytes', '+postgres'],
        [''],
      ]);
      expect(await aggregate()).toEqual({ east: other, gone: valueOf('east') });
      expect(await fleet.lease.spec()).toEqual({});
    });

    it('finds nothing to do after a sync, also beside an exporter that runs', async () => {
      await sync();
      await fleet.startExporter({ MCCE_LEADER_ELECTION: 'true' });
      const { code, stdout } = await diff('-o', 'json');

      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        apiVersion: 'multi-cluster-config-exporter/v1',
        kind: 'Diff',
        writes: false,
        changes: [],
      });
    });
  });

  it('does not write while an exporter leads, and says who does', async () => {
    const exporter = await fleet.startExporter({ MCCE_LEADER_ELECTION: 'true' });
    await eventually(async () => expect((await exporter.status()).leadership.role).toBe('leader'));
    const { code, stdout, stderr } = await sync();

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^mcce: \S+ holds the Lease default\/multi-cluster-config-exporter: an exporter runs and keeps the aggregate current/,
    );
  });

  it('does not write beside an installed exporter that takes no Lease', async () => {
    await installSettings(fleet.hub.admin, { data: { MCCE_LEADER_ELECTION: 'false' } });
    try {
      expect(await sync()).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('the exporter takes no Lease, so it may be writing at this moment'),
      });
    } finally {
      await installSettings(fleet.hub.admin);
    }
  });

  it('leaves the aggregate alone without a registry, and fails', async () => {
    await sync();
    await fleet.registry.delete();
    const { code, stdout, stderr } = await sync();

    expect(code).toBe(2);
    expect(stderr).toContain('mcce: The aggregate is left as it is. The registry does not exist on the hub.');
    expect(stdout).toMatch(/^registry +missing/m);
    expect(Object.keys(await aggregate())).toEqual(['east', 'west']);
  });

  it.each([
    [['sync', '--onec'], "unknown option '--onec'"],
    [['snyc'], '(Did you mean sync?)'],
    [['sync', '--once', '--timeout', '0s'], 'It is not a duration'],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, stderr } = await runMcce(args, environment);

    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('says why it cannot: the hub does not answer, or refuses', async () => {
    const unreachable = await runMcce(['sync', '--once', '--timeout', '2s'], {
      HOME: folder,
      KUBECONFIG: join(folder, 'nothing'),
    });
    await fleet.aggregate.create({ kept: '{}' });
    const secret = '/api/v1/namespaces/default/secrets/multi-storage-config';
    await fleet.hub.admin.must('PATCH', secret, {
      body: { immutable: true },
      contentType: 'application/merge-patch+json',
    });
    const immutable = await sync();

    expect([unreachable.code, immutable.code]).toEqual([2, 2]);
    expect(unreachable.stderr).toMatch(/^mcce: The kubeconfig .* cannot be read\./);
    expect(immutable.stderr).toMatch(/^mcce: The aggregate cannot be written\. The Secret .* is immutable/m);
    expect(await aggregate()).toEqual({ kept: '{}' });
  });
});
