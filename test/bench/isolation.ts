import { setTimeout as delay } from 'node:timers/promises';
import type { BenchRig } from './bench-rig.ts';
import { changeOneByOne, range, untilStale } from './measurements.ts';
import { type Figures, REPETITIONS } from './scenario.ts';
import { median, percentile } from './statistics.ts';

/** Shares of the clusters that hang together. */
const HANGING_SHARES = [0.1, 0.32, 0.64];
/** As many that their p99 is not one odd sample. */
const CHANGES_WHILE_HANGING = 300;
const POLLED_CHANGES = 60;
/** Shorter than the default, so that polling is measured within minutes. */
const POLL_INTERVAL = '5s';

/** Whether healthy clusters, watched and polled, are read, published and joined as fast while others answer no dial. */
export async function isolation(rig: BenchRig): Promise<Figures> {
  const shuffled = rig.random.sample(range(rig.clusters), rig.clusters);
  const hanging = (share: number) => shuffled.slice(0, Math.ceil(rig.clusters * share));
  // Never cut off.
  const healthy = shuffled.slice(hanging(Math.max(...HANGING_SHARES)).length);
  const polled = await rig.pollOnly(healthy.slice(0, Math.ceil(healthy.length / 3)));
  const watched = healthy.slice(polled.length);

  const exporter = await rig.startSynced({ MCCE_SYNC_INTERVAL: POLL_INTERVAL }, polled.length);
  const measureNow = async () => {
    const one = await changeOneByOne(rig, watched, CHANGES_WHILE_HANGING);
    const joined: number[] = [];
    for (let count = 0; count < REPETITIONS; count++) {
      await rig.rest(4);
      joined.push((await rig.joinAndLeave(watched[count % watched.length] ?? 0)).joinedMs);
    }
    await rig.rest(4);
    const read = await changeAtRandom(rig, polled);
    return {
      'watched, p50': percentile(one, 0.5),
      'watched, p99': percentile(one, 0.99),
      'polled, p50': percentile(read, 0.5),
      'polled, p99': percentile(read, 0.99),
      'an entry joins, median': median(joined),
    };
  };
  const running: Figures[] = [await measureNow()];
  for (const share of HANGING_SHARES) {
    await rig.farm.ask({ kind: 'black-hole', clusters: hanging(share) });
    running.push(await measureNow());
    await untilStale(exporter, hanging(share).length);
  }
  await exporter.stop();

  const starting: Figures[] = [];
  for (const share of [0, ...HANGING_SHARES]) {
    await rig.farm.ask({ kind: 'black-hole', clusters: hanging(share) });
    starting.push({ 'first key after a start, median': median(await firstKeys(rig)) });
  }
  return compare(running.map((measured, index) => ({ ...measured, ...starting[index] })));
}

/**
 * Changes polled sources, each at a moment of its own, since all that change between two passes arrive together. Resolves with how long each
 * change took to arrive.
 */
async function changeAtRandom(rig: BenchRig, clusters: readonly number[]): Promise<number[]> {
  const times = rig.random.sample(clusters, POLLED_CHANGES).map(async (cluster) => {
    await delay(rig.random.below(POLLED_CHANGES * 1_000));
    return await rig.propagate([cluster]);
  });
  return (await Promise.all(times)).flat();
}

/** How long it takes from a start to the first key, again and again. */
async function firstKeys(rig: BenchRig): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < REPETITIONS; count++) {
    await rig.deleteAggregate();
    const published = rig.untilKey();
    const startedAt = performance.now();
    const exporter = await rig.startExporter();
    times.push((await published) - startedAt);
    await exporter.stop();
  }
  return times;
}

/** The figures with none hanging, and with each share: as they are, and against none. */
function compare([none = {}, ...others]: readonly Figures[]): Figures {
  const figures: Figures = {};
  for (const [name, value] of Object.entries(none)) {
    figures[`${name}, none hanging`] = value;
    for (const [index, share] of HANGING_SHARES.entries()) {
      const during = others[index]?.[name] ?? Number.NaN;
      figures[`${name}, ${share * 100}% hanging`] = during;
      figures[`${name}, ${share * 100}% hanging, ratio`] = during / value;
    }
  }
  return figures;
}
