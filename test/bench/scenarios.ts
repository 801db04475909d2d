import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { BenchRig } from './bench-rig.ts';
import { BareReader, PREDECESSOR_INTERVAL_MS, readFromCold } from './comparisons.ts';
import { isolation } from './isolation.ts';
import {
  changeOneByOne,
  costPerChange,
  passDurations,
  range,
  rotate,
  spentBy,
  untilLogged,
  untilPublished,
} from './measurements.ts';
import { type Figures, REPETITIONS, type Scenario } from './scenario.ts';
import { median, percentile } from './statistics.ts';
import { statusPage } from './status-page.ts';

/** As many as the exporter reads at once by default. */
const CONCURRENCY = 64;
/** Rounds that only compile what the measured ones use. */
const WARM_UP = 4;
/** Share of the clusters that changes, or fails, together. */
const SHARE = 0.1;
const STEADY_MS = 5 * 60_000;
/** One a second for an hour. */
const CHANGES_OF_AN_HOUR = 3_600;
const ROTATIONS = 1_000;
const QUIET_MS = 10_000;
/** V8 collects what a start has left over once nothing happens. */
const SETTLE_MS = 60_000;
/** How often the source that never rests changes. */
const RESTLESS_PER_SECOND = 20;

/** From a cold start to a published fleet, against a process that only reads it. */
async function cold(rig: BenchRig): Promise<Figures> {
  const passes: number[] = [];
  const starts: number[] = [];
  const bounds: number[] = [];
  const { clusters } = rig;
  for (let count = 0; count < REPETITIONS; count++) {
    const startedAt = performance.now();
    const exporter = await rig.startExporter();
    await untilPublished(exporter, clusters);
    const took = performance.now() - startedAt;
    await untilLogged(exporter, 'pass ended');
    starts.push(took);
    passes.push(...passDurations(exporter).slice(0, 1));
    await exporter.stop();
    await rig.deleteAggregate();
    bounds.push(await readFromCold(rig.farm.endpoints, CONCURRENCY));
  }
  return {
    'first pass': median(passes),
    'lower bound': median(bounds),
    'first pass / lower bound, ratio': median(passes) / median(bounds),
    'from process start to published': median(starts),
  };
}

/** A pass over a fleet that is polled, against who only reads it, and against reading one after the other. */
async function warm(rig: BenchRig): Promise<Figures> {
  const exporter = await rig.startExporter({ MCCE_WATCH_SOURCES: 'false', MCCE_SYNC_INTERVAL: '2s' });
  await untilPublished(exporter, rig.clusters);
  await eventually(
    () => {
      if (passDurations(exporter).length < WARM_UP + 2 * REPETITIONS) throw new Error('too few passes');
    },
    { timeoutMs: 120_000, everyMs: 250 },
  );
  const passes = passDurations(exporter).slice(WARM_UP);
  await exporter.stop();

  const bare = new BareReader(rig.farm.endpoints);
  const bounds: number[] = [];
  for (let count = 0; count < WARM_UP + 2 * REPETITIONS; count++)
    bounds.push(await bare.readConcurrently(CONCURRENCY));
  const bound = median(bounds.slice(WARM_UP));
  const serial = await bare.readSerially();
  await bare.close();
  return {
    'warm pass': median(passes),
    'lower bound': bound,
    'warm pass / lower bound, ratio': median(passes) / bound,
    "the predecessor's way": serial,
    "the predecessor's way / warm pass, ratio": serial / median(passes),
  };
}

/** From the change of a source to the aggregate, against the network and against polling one after the other. */
async function propagation(rig: BenchRig): Promise<Figures> {
  const { clusters } = rig;
  const exporter = await rig.startSynced();
  let one: number[] = [];
  const cost = await costPerChange(rig, exporter, async () => {
    one = await changeOneByOne(rig, range(clusters));
  });
  const together: number[] = [];
  for (let count = 0; count < REPETITIONS; count++) {
    await rig.rest(2);
    together.push(...(await rig.propagate(rig.random.sample(range(clusters), Math.ceil(clusters * SHARE)))));
  }
  await exporter.stop();

  const bare = new BareReader(rig.farm.endpoints);
  await bare.readConcurrently(CONCURRENCY);
  // A change falls anywhere between two readings of its cluster: half of what lies between them is the median.
  const predecessor = Math.max(PREDECESSOR_INTERVAL_MS, await bare.readSerially()) / 2;
  await bare.close();
  return {
    'one change, p50': percentile(one, 0.5),
    'one change, p99': percentile(one, 0.99),
    '10% at once, p50': percentile(together, 0.5),
    '10% at once, p99': percentile(together, 0.99),
    'one change, p50 / round trip, ratio': percentile(one, 0.5) / rig.roundTripMs,
    'one change, p99 / round trip, ratio': percentile(one, 0.99) / rig.roundTripMs,
    'processor time per change': cost.cpuMs,
    'sent to the hub per change, bytes': cost.sentBytes,
    'received from the hub per change, bytes': cost.receivedBytes,
    "the predecessor's way, p50": predecessor,
    "the predecessor's way / one change, p50, ratio": predecessor / percentile(one, 0.5),
  };
}

/** What a quiet fleet costs, against who only reads it every 30 seconds. */
async function steady(rig: BenchRig): Promise<Figures> {
  const exporter = await rig.startSynced();
  await delay(5_000);
  const spent = await spentBy(rig, exporter, async () => await delay(STEADY_MS));
  await exporter.stop();

  const bare = new BareReader(rig.farm.endpoints);
  for (let count = 0; count < WARM_UP; count++) await bare.readConcurrently(CONCURRENCY);
  const before = process.cpuUsage();
  for (let count = 0; count < REPETITIONS; count++) await bare.readConcurrently(CONCURRENCY);
  const { user, system } = process.cpuUsage(before);
  await bare.close();
  const bareCpuMs = ((user + system) / 1_000 / REPETITIONS) * (STEADY_MS / PREDECESSOR_INTERVAL_MS);

  const minutes = STEADY_MS / 60_000;
  return {
    'processor time, % of a core': (spent.cpuMs / STEADY_MS) * 100,
    'processor time per cluster and minute': spent.cpuMs / rig.clusters / minutes,
    'processor time / lower bound, ratio': spent.cpuMs / bareCpuMs,
    'requests to clusters, per cluster and minute': spent.requests / rig.clusters / minutes,
    'handshakes with clusters': spent.handshakes,
    'writes of the aggregate': spent.writes,
  };
}

/** What a source that never rests, and then a second exporter that disagrees, cost hub and exporter. */
async function load(rig: BenchRig): Promise<Figures> {
  const phaseMs = rig.minutes * 60_000;
  const exporter = await rig.startSynced();
  const others = range(rig.clusters).slice(1);
  const rssBefore = exporter.rssMiB();
  const reactions: number[] = [];
  let rssHalfway = Number.NaN;
  await rig.farm.ask({ kind: 'restless', cluster: 0, perSecond: RESTLESS_PER_SECOND });
  const restless = await spentBy(rig, exporter, async () => {
    const until = performance.now() + phaseMs;
    while (performance.now() < until) {
      await delay(5_000);
      reactions.push(...(await rig.propagate(rig.random.sample(others, 1))));
      if (performance.now() < until - phaseMs / 2) rssHalfway = exporter.rssMiB();
    }
  });
  await rig.farm.ask({ kind: 'restless', cluster: 0, perSecond: 0 });
  const rssRestless = exporter.rssMiB();
  await rig.rest(2);

  const other = await rig.startRival();
  const written = rig.hubWrites;
  await delay(10_000);
  const first = rig.hubWrites - written;
  let rivalHalfway = Number.NaN;
  const contested = await spentBy(rig, exporter, async () => {
    await delay(phaseMs / 2 - 10_000);
    rivalHalfway = exporter.rssMiB();
    await delay(phaseMs / 2);
  });
  await other.stop();
  return {
    'restless source: writes per 10 s': restless.writes / (phaseMs / 10_000),
    'restless source: another change, p50': percentile(reactions, 0.5),
    'restless source: another change, p99': percentile(reactions, 0.99),
    'restless source: processor time, % of a core': (restless.cpuMs / phaseMs) * 100,
    'rival: writes of both in the first 10 s': first,
    'rival: processor time, % of a core': (contested.cpuMs / (phaseMs - 10_000)) * 100,
    'before, MiB': rssBefore,
    'halfway through the restless source, MiB': rssHalfway,
    'after the restless source, MiB': rssRestless,
    'halfway through the rival, MiB': rivalHalfway,
    'after the rival, MiB': exporter.rssMiB(),
  };
}

/** What stays in memory: at first, after an hour's worth of changes, and above an exporter of one cluster. */
async function memory(rig: BenchRig): Promise<Figures> {
  const { clusters } = rig;
  const ofOne = await rig.startSyncedWithOne();
  await delay(SETTLE_MS);
  const withOne = ofOne.rssMiB();
  await ofOne.stop();

  const exporter = await rig.startSynced();
  const loaded = exporter.rssMiB();
  await delay(SETTLE_MS);
  const synced = exporter.rssMiB();
  // More in a large fleet, where each change has to wait for the budget of writes.
  const together = Math.max(Math.min(clusters, 10), Math.ceil(clusters / 100));
  for (let count = 0; count < CHANGES_OF_AN_HOUR; count += together)
    await rig.propagate(rig.random.sample(range(clusters), together));
  return {
    'with one cluster, MiB': withOne,
    'once synced, MiB': loaded,
    'after a quiet minute, MiB': synced,
    'above one cluster, MiB': synced - withOne,
    'per further cluster, KiB': ((synced - withOne) * 1_024) / (clusters - 1),
    "after an hour's worth of changes, MiB": exporter.rssMiB(),
  };
}

/** How fast an entry is followed, and what stays in memory when all of them are rotated again and again. */
async function rotation(rig: BenchRig): Promise<Figures> {
  const { clusters } = rig;
  const exporter = await rig.startSynced();
  const rssBefore = exporter.rssMiB();
  const one: number[] = [];
  for (let count = 0; count < REPETITIONS; count++)
    one.push(await rotate(rig, exporter, rig.random.sample(range(clusters), 1)));
  const all: number[] = [];
  const rotateThousand = async () => {
    for (let count = 0; count < ROTATIONS; count += clusters)
      all.push(await rotate(rig, exporter, range(clusters)));
    return exporter.rssMiB();
  };
  const rss: number[] = [];
  for (let count = 0; count < REPETITIONS; count++) rss.push(await rotateThousand());
  return {
    'one entry, until watched again': median(one),
    'all entries, until watched again': median(all),
    'before, MiB': rssBefore,
    'after 1,000 rotations, MiB': rss[0] ?? Number.NaN,
    'after 5,000 rotations, MiB': rss.at(-1) ?? Number.NaN,
  };
}

/**
 * A fleet that registries of several Secrets name, once there are more clusters than one holds: what a start takes, what one entry costs that
 * changes, and how fast clusters join and leave.
 */
async function registries(rig: BenchRig): Promise<Figures> {
  const startedAt = performance.now();
  const exporter = await rig.startExporter();
  await untilPublished(exporter, rig.clusters);
  const published = performance.now() - startedAt;
  await rig.untilSynced(exporter);
  const before = await spentBy(rig, exporter, async () => await delay(QUIET_MS));
  const times: number[] = [];
  const changes = await spentBy(rig, exporter, async () => {
    for (let count = 0; count < REPETITIONS; count++)
      times.push(await rotate(rig, exporter, rig.random.sample(range(rig.clusters), 1)));
  });
  const joined: number[] = [];
  const left: number[] = [];
  for (let count = 0; count < REPETITIONS; count++) {
    await rig.rest(2);
    const { joinedMs, leftMs } = await rig.joinAndLeave(count);
    joined.push(joinedMs);
    left.push(leftMs);
  }
  return {
    'from process start to published': published,
    'an entry changes, until watched again, median': median(times),
    'an entry changes, clusters dialled': (changes.handshakes - before.handshakes) / REPETITIONS,
    'an entry joins, median': median(joined),
    'an entry leaves, median': median(left),
  };
}

/** Every scenario by its name on the command line. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  cold,
  warm,
  propagation,
  isolation,
  steady,
  load,
  memory,
  rotation,
  registries,
  'status-page': statusPage,
};
