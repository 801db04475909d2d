import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { range } from '../bench/measurements.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { PROBED, readHeap } from '../support/heap-probe.ts';
import { FaultRig, valueOf } from './fault-rig.ts';

/** Changes in one edit of the registry: the exporter writes so often a second and no more, and the test need not wait for each. */
const AT_ONCE = 10;
const WARM_UP = 200 / AT_ONCE;
const ROUNDS = 1_000 / AT_ONCE;
/** Caches that fill, code that is compiled. A client that stays behind costs about 50 KiB, a thousand of them 50 MiB. */
const SLACK_MIB = 6;

describe('after a thousand', () => {
  let rig: FaultRig | undefined;

  afterEach(async () => {
    await rig?.stop();
  });

  const start = async () => {
    rig = await FaultRig.start(['east', 'west']);
    // A fleet in which clusters come and go many times a second is held by the removal guard, which is another test's subject.
    const settings = { MCCE_LOG_LEVEL: 'info', MCCE_SYNC_INTERVAL: '1h', MCCE_REMOVAL_GUARD: '0' };
    const exporter = await rig.startExporter({ ...settings, ...PROBED });
    await exporter.waitUntilReady();
    return { rig, exporter };
  };
  /** Open files, and memory after a collection, once all is quiet. */
  const measure = async (exporter: ExporterProcess) => {
    await delay(1_500);
    const files = (await readdir(`/proc/${exporter.pid}/fd`)).length;
    const { heapMiB, externalMiB } = await readHeap(exporter);
    return { files, memoryMiB: Math.round((heapMiB + externalMiB) * 10) / 10, rssMiB: exporter.rssMiB() };
  };
  const expectFlat = async (exporter: ExporterProcess, change: (round: number) => Promise<void>) => {
    for (let round = 0; round < WARM_UP; round++) await change(round);
    const before = await measure(exporter);
    for (let round = WARM_UP; round < WARM_UP + ROUNDS; round++) await change(round);
    const after = await measure(exporter);

    console.log(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
    expect(after.files).toBeLessThanOrEqual(before.files + 1);
    expect(after.memoryMiB).toBeLessThan(before.memoryMiB + SLACK_MIB);
  };

  /** Edits the registry and waits until the cluster was read and watched for each entry that is new or changed. */
  const editAndExpectReads = async (name: string, entries: Record<string, string | null>) => {
    const { requests = [] } = rig?.cluster(name) ?? {};
    const changes = Object.values(entries).filter((entry) => entry !== null).length;
    const expected = requests.length + 2 * changes;
    await rig?.registry.edit(entries);
    await eventually(() => expect(requests.length).toBeGreaterThanOrEqual(expected), { everyMs: 2 });
  };

  it('rotations of an entry no socket is left, and memory is flat', async () => {
    const { rig: running, exporter } = await start();
    const names = range(AT_ONCE).map((index) => `east-${index}`);

    await expectFlat(exporter, async () => {
      await editAndExpectReads(
        'east',
        Object.fromEntries(names.map((name) => [name, running.entry('east')])),
      );
    });

    // One for each entry; the rig keeps one for itself.
    await eventually(() => expect(running.cluster('east').connections).toBeLessThanOrEqual(AT_ONCE + 2));
    const published = await running.aggregate.data();
    expect(names.map((name) => published.get(name))).toEqual(names.map(() => valueOf('east 1')));
  }, 180_000);

  it('clusters that came and went no socket is left, and memory is flat', async () => {
    const { rig: running, exporter } = await start();

    const guests = (round: number) => range(AT_ONCE).map((index) => `guest-${round}-${index}`);

    await expectFlat(exporter, async (round) => {
      await editAndExpectReads('west', {
        ...Object.fromEntries(guests(round).map((name) => [name, running.entry('west')])),
        ...Object.fromEntries(guests(round - 1).map((name) => [name, null])),
      });
    });

    await eventually(() => expect(running.cluster('west').connections).toBeLessThanOrEqual(AT_ONCE + 2));
    const last = guests(WARM_UP + ROUNDS - 1);
    await eventually(async () =>
      expect([...(await running.aggregate.data()).keys()].toSorted()).toEqual(['east', ...last, 'west']),
    );
  }, 180_000);
});
