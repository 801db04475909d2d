import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { FaultRig, valueOf } from './fault-rig.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const CONFIRM = 'multi-cluster-config-exporter/confirm-removal';
/** What an accident leaves. */
const LEFT = ['a', 'b'];
const LOST = ['c', 'd', 'e', 'f'];

describe('a registry that loses most of its entries at once', () => {
  let rig: FaultRig | undefined;

  afterEach(async () => {
    await rig?.stop();
  });

  const start = async (settings: Record<string, string> = {}) => {
    const running = await FaultRig.start(NAMES);
    rig = running;
    const exporter = await running.startExporter(settings);
    await exporter.waitUntilReady();
    await expectKeys(running, NAMES);
    return { running, exporter };
  };
  const expectKeys = (running: FaultRig, names: readonly string[]) =>
    eventually(async () => expect([...(await running.aggregate.data()).keys()].toSorted()).toEqual(names));
  const lose = (running: FaultRig, names: readonly string[]) =>
    running.registry.edit(Object.fromEntries(names.map((name) => [name, null])));
  const heldRemoval = (exporter: ExporterProcess) =>
    eventually(async () => {
      const { registry } = await exporter.status();
      if (!registry.removal) throw new Error('no removal is held');
      return registry.removal;
    });
  const lost = (running: FaultRig) => NAMES.filter((name) => running.valuesOf(name).includes(undefined));

  it('takes no key along, and says so, while what is added and changed goes on', async () => {
    const { running, exporter } = await start();

    await lose(running, LOST);

    const removal = await heldRemoval(exporter);
    expect(removal.clusters).toEqual(LOST);
    const { problems } = await exporter.status();
    expect(problems).toMatchObject([{ code: 'RemovalHeld', subject: 'registry/removal', severity: 'error' }]);
    expect(problems[0]?.remedy).toContain(removal.digest);
    expect((await exporter.get('/health')).status).toBe(503);
    expect((await exporter.get('/readyz')).status).toBe(200);
    expect((await exporter.get('/metrics')).text).toMatch(/^mcce_registry_held_removal_clusters 4$/m);
    expect(
      exporter.log.find(({ message }) => message === 'removal of clusters is held, their keys are kept'),
    ).toMatchObject({ level: 'error', clusters: LOST, digest: removal.digest });

    running.cluster('a').editSecret('storage-config', { opensearch: 'a 2' });
    await eventually(async () => expect((await running.aggregate.data()).get('a')).toBe(valueOf('a 2')));
    await expectKeys(running, NAMES);
    expect(lost(running)).toEqual([]);
  });

  it('is well again when the entries are back', async () => {
    const { running, exporter } = await start();
    await lose(running, LOST);
    await heldRemoval(exporter);

    await running.registry.edit(Object.fromEntries(LOST.map((name) => [name, running.entry(name)])));

    await eventually(async () => expect((await exporter.status()).problems).toEqual([]));
    expect(lost(running)).toEqual([]);
    running.cluster('f').editSecret('storage-config', { opensearch: 'f 2' });
    await eventually(async () => expect((await running.aggregate.data()).get('f')).toBe(valueOf('f 2')));
  });

  it('takes them along once that is confirmed, and by no other confirmation', async () => {
    const { running, exporter } = await start();
    await lose(running, LOST);
    const { digest } = await heldRemoval(exporter);
    await running.registry.patch({ metadata: { annotations: { [CONFIRM]: 'fedcba9876543210' } } });
    running.cluster('a').editSecret('storage-config', { opensearch: 'a 2' });
    await eventually(async () => expect((await running.aggregate.data()).get('a')).toBe(valueOf('a 2')));
    await expectKeys(running, NAMES);

    await running.registry.patch({ metadata: { annotations: { [CONFIRM]: digest } } });

    await expectKeys(running, LEFT);
    await eventually(async () => expect((await exporter.status()).problems).toEqual([]));
  });

  it('costs nothing while the exporter is away, or starts meanwhile', async () => {
    const { running, exporter } = await start();
    await exporter.stop();
    await lose(running, LOST);

    const next = await running.startExporter();
    await next.waitUntilReady();

    expect((await heldRemoval(next)).clusters).toEqual(LOST);
    expect(lost(running)).toEqual([]);
  });

  it('stays held after a restart, however many entries are back by then', async () => {
    const { running, exporter } = await start();
    await lose(running, LOST);
    await heldRemoval(exporter);
    await eventually(async () =>
      expect((await running.aggregate.read())?.metadata?.annotations).toMatchObject({
        'multi-cluster-config-exporter/cluster-states': expect.stringMatching(/^c stale ok \S+ \S+ removed,/),
      }),
    );
    await exporter.stop('SIGKILL');
    await running.registry.edit(Object.fromEntries(LOST.slice(1).map((name) => [name, running.entry(name)])));

    const next = await running.startExporter();
    await next.waitUntilReady();

    expect((await heldRemoval(next)).clusters).toEqual(['c']);
    expect(lost(running)).toEqual([]);
  });

  it('takes them along at once where the guard is off', async () => {
    const { running } = await start({ MCCE_REMOVAL_GUARD: '0' });

    await lose(running, LOST);

    await expectKeys(running, LEFT);
  });

  it('one by one is as it ever was', async () => {
    const { running, exporter } = await start();

    await lose(running, ['c']);
    await expectKeys(running, ['a', 'b', 'd', 'e', 'f']);
    await lose(running, ['d']);
    await expectKeys(running, ['a', 'b', 'e', 'f']);

    expect((await exporter.status()).problems).toEqual([]);
  });
});

describe('what is known of a cluster that is down', () => {
  let rig: FaultRig | undefined;

  afterEach(async () => {
    await rig?.stop();
  });

  const start = async (settings: Record<string, string>) => {
    const running = await FaultRig.start(['east', 'west']);
    rig = running;
    const exporter = await running.startExporter(settings);
    await exporter.waitUntilReady();
    await eventually(async () => expect((await running.aggregate.data()).size).toBe(2));
    return { running, exporter };
  };
  const remembered = async (running: FaultRig) =>
    (await running.aggregate.read())?.metadata?.annotations?.['multi-cluster-config-exporter/cluster-states'];
  const toTheSecond = (time: string | undefined) => Math.floor(Date.parse(time ?? '') / 1_000);

  it('is known after a restart: since when, why, and when it was last read', async () => {
    const { running, exporter } = await start({});
    await running.cluster('west').refuse();
    await eventually(async () => expect(await remembered(running)).toMatch(/^west stale connect /));
    const before = await exporter.cluster('west');
    await exporter.stop('SIGKILL');

    const next = await running.startExporter();
    await next.waitUntilReady();

    const after = await next.cluster('west');
    expect(after).toMatchObject({ state: 'stale', reason: 'connect', published: true });
    expect(toTheSecond(after.since)).toBe(toTheSecond(before.since));
    expect(toTheSecond(after.lastSuccess)).toBe(toTheSecond(before.lastSuccess));
    expect((await next.get('/metrics')).text).toMatch(
      new RegExp(
        `^mcce_remote_cluster_last_success_timestamp_seconds{remote_cluster="west"} ${toTheSecond(before.lastSuccess)}$`,
        'm',
      ),
    );
  });

  it('makes its grace go on over restarts', async () => {
    const { running, exporter } = await start({ MCCE_MISSING_GRACE: '8s' });
    const missingAt = performance.now();
    await running.source('west').delete();
    await eventually(async () => expect(await remembered(running)).toMatch(/^west missing not_found /));
    await exporter.stop('SIGKILL');
    const second = await running.startExporter({ MCCE_MISSING_GRACE: '8s' });
    await second.waitUntilReady();
    await second.stop('SIGKILL');
    await running.startExporter({ MCCE_MISSING_GRACE: '8s' });

    await eventually(async () => expect([...(await running.aggregate.data()).keys()]).toEqual(['east']), {
      timeoutMs: 15_000,
    });

    const took = performance.now() - missingAt;
    expect(took).toBeGreaterThan(7_000);
    expect(took).toBeLessThan(12_000);
  });

  it('is forgotten once it is well', async () => {
    const { running } = await start({});
    await running.cluster('west').refuse();
    await eventually(async () => expect(await remembered(running)).toMatch(/^west stale /));

    await running.cluster('west').listen();

    await eventually(async () => expect(await remembered(running)).toBe(''));
  });
});
