import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { FaultRig, OTHER_REGISTRY, valueOf } from './fault-rig.ts';

const WINDOW_MS = 10_000;
const KIB = 1024;

describe('the hub is spared', () => {
  let rig: FaultRig | undefined;
  let changing: NodeJS.Timeout | undefined;

  afterEach(async () => {
    clearInterval(changing);
    await rig?.stop();
  });

  const startRig = async (names: readonly string[]) => {
    rig = await FaultRig.start(names);
    return rig;
  };
  const startSynced = async (names: readonly string[], settings: Record<string, string> = {}) => {
    const running = await startRig(names);
    const exporter = await running.startExporter(settings);
    await exporter.waitUntilReady();
    await eventually(async () => expect((await running.aggregate.data()).size).toBe(names.length));
    return { running, exporter };
  };
  /** A source that is written so often a second, with a number that counts up. */
  const changeRestlessly = (running: FaultRig, name: string, perSecond: number) => {
    let revision = 0;
    changing = setInterval(
      () => running.cluster(name).editSecret('storage-config', { revision: String(++revision) }),
      1_000 / perSecond,
    );
    return () => revision;
  };
  const problemsOf = async (exporter: ExporterProcess) =>
    (await exporter.status()).problems.map(({ code }) => code);

  it('by two exporters that disagree, both of which say so', async () => {
    const running = await startRig(['east', 'west']);
    const theirs = new SecretEditor(running.hub.admin, OTHER_REGISTRY);
    await theirs.create({ east: running.entry('east') });
    const ours = await running.startExporter({ MCCE_LOG_LEVEL: 'info' });
    await ours.waitUntilReady();
    await eventually(async () => expect((await running.aggregate.data()).size).toBe(2));

    const other = await running.startExporter({ MCCE_REGISTRY_SECRET: OTHER_REGISTRY });
    const before = running.writes;
    await delay(WINDOW_MS);
    const writes = running.writes - before;
    console.log(`two exporters that disagree: ${writes} writes in ${WINDOW_MS / 1_000} s`);

    expect(writes).toBeLessThanOrEqual(10);
    for (const exporter of [ours, other]) {
      const { aggregate, problems } = await exporter.status();
      expect(aggregate).toMatchObject({
        state: 'contested',
        message: expect.stringContaining('multi-cluster-config-exporter'),
      });
      expect(problems.map(({ code }) => code)).toContain('AggregateContested');
      expect((await exporter.get('/health')).status).toBe(503);
      expect((await exporter.get('/metrics')).text).toMatch(/^mcce_aggregate_undone_total [2-9]/m);
      expect(exporter.log.filter(({ level }) => level === 'error').map(({ message }) => message)).toContain(
        'aggregate is contested, it is restored less often',
      );
    }

    await other.stop();
    // Quick again, once the other is gone: what it left is restored within its backoff, and later edits as ever.
    await eventually(async () => expect((await running.aggregate.data()).size).toBe(2), {
      timeoutMs: 20_000,
    });
  });

  it('by an exporter that is told of a rival: it names the field manager, and is quick for what is no rival', async () => {
    const { running, exporter } = await startSynced(['east', 'west']);
    const label = (value: string) => running.aggregate.patch({ metadata: { labels: { team: value } } });
    for (const value of ['a', 'b', 'c', 'd']) await label(value);
    await running.aggregate.edit({ east: 'by hand' });
    await eventually(
      async () => expect((await running.aggregate.data()).get('east')).toBe(valueOf('east 1')),
      {
        timeoutMs: 2_000,
      },
    );
    expect(await problemsOf(exporter)).toEqual([]);

    await running.aggregate.edit({ east: 'again' });

    await eventually(async () => {
      const { aggregate } = await exporter.status();
      expect(aggregate.state).toBe('contested');
      expect(aggregate.message).toMatch(/^The field manager \S+ writes the aggregate, too/);
      expect(aggregate.message).not.toContain('multi-cluster-config-exporter');
    });
    await eventually(async () =>
      expect((await running.aggregate.data()).get('east')).toBe(valueOf('east 1')),
    );
  });

  it('by a source that never rests beside 0.7 MB, and another source is published within 1.5 s meanwhile', async () => {
    const { running, exporter } = await startSynced(['east', 'west', 'north']);
    running.cluster('north').editSecret('storage-config', { opensearch: 'n'.repeat(400 * KIB) });
    await eventually(async () =>
      expect((await running.aggregate.data()).get('north')?.length).toBeGreaterThan(500 * KIB),
    );
    await delay(3_000);
    const revision = changeRestlessly(running, 'east', 20);
    const before = running.writes;
    const took: number[] = [];
    for (let round = 2; round <= 6; round++) {
      await delay(WINDOW_MS / 5 - 500);
      const changedAt = performance.now();
      running.cluster('west').editSecret('storage-config', { opensearch: `west ${round}` });
      await eventually(() => expect(running.history.at(-1)?.get('west')).toBe(valueOf(`west ${round}`)), {
        everyMs: 5,
      });
      took.push(Math.round(performance.now() - changedAt));
    }
    const writes = running.writes - before;
    console.log(
      `a restless source: ${writes} writes in 10 s and ${revision()} changes; others after ${took.join(', ')} ms`,
    );

    expect(writes).toBeLessThanOrEqual(15);
    expect(Math.max(...took)).toBeLessThan(1_500);
    expect(await problemsOf(exporter)).toEqual([]);
    // What it was last is published once it rests.
    clearInterval(changing);
    await eventually(() =>
      expect(running.history.at(-1)?.get('east')).toContain(
        Buffer.from(String(revision())).toString('base64'),
      ),
    );
  });

  it('by somebody who touches a large aggregate all the time, and changes nothing of it', async () => {
    const { running, exporter } = await startSynced(['east', 'west']);
    running
      .cluster('east')
      .editSecret('storage-config', { opensearch: randomBytes(300 * KIB).toString('base64') });
    await eventually(async () =>
      expect((await running.aggregate.data()).get('east')?.length).toBeGreaterThan(400 * KIB),
    );
    const looks = () => running.hub.requests.filter((request) => /^GET .*\/secrets$/.test(request)).length;
    const before = looks();
    let touches = 0;
    changing = setInterval(
      () => void running.aggregate.patch({ metadata: { annotations: { heartbeat: String(++touches) } } }),
      20,
    );

    await delay(WINDOW_MS);
    clearInterval(changing);

    console.log(
      `an aggregate that is touched ${touches} times: ${looks() - before} looks in ${WINDOW_MS / 1_000} s`,
    );
    // A second: one look at all of it, and one list and one stream of its metadata.
    expect(looks() - before).toBeLessThanOrEqual(3 * 10 + 5);
    expect(await problemsOf(exporter)).toEqual([]);
  });

  it('by a registry that never rests', async () => {
    const { running, exporter } = await startSynced(['east', 'west']);
    const looks = () => running.hub.requests.filter((request) => request.startsWith('GET')).length;
    const before = looks();
    let value = 0;
    changing = setInterval(
      () => void running.registry.patch({ metadata: { annotations: { note: String(++value) } } }),
      20,
    );
    await delay(5_000);
    clearInterval(changing);

    expect(value).toBeGreaterThan(150);
    // At first a burst of the stream, then a list and a stream a second.
    expect(looks() - before).toBeLessThanOrEqual(2 * 5 + 2);
    expect(exporter.log.filter(({ message }) => message === 'cluster configuration changed')).toHaveLength(1);
    await running.registry.edit({ west: null });
    await eventually(async () => expect((await running.aggregate.data()).size).toBe(1), { timeoutMs: 2_500 });
  });

  it('by a link that flaps: what fails for less than an interval is not written', async () => {
    const { running, exporter } = await startSynced(['east', 'west'], { MCCE_SYNC_INTERVAL: '5s' });
    const before = running.writes;
    for (let round = 0; round < 3; round++) {
      await running.cluster('west').refuse();
      await eventually(async () => expect((await exporter.cluster('west')).state).toBe('stale'));
      await running.cluster('west').listen();
      await eventually(async () => expect((await exporter.cluster('west')).state).toBe('synced'));
    }

    expect(running.writes).toBe(before);
  });

  it('by one patch for each change, which holds what changed and no more', async () => {
    const { running } = await startSynced(['east', 'west']);
    await delay(300);
    const requests = running.hub.requests.length;

    running.cluster('east').editSecret('storage-config', { opensearch: 'east 2' });
    await eventually(() => expect(running.history.at(-1)?.get('east')).toBe(valueOf('east 2')));
    await delay(500);

    expect(running.hub.requests.slice(requests)).toEqual([
      expect.stringMatching(/^PATCH .*\/secrets\/multi-storage-config$/),
    ]);
  });
});
