import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { type BenchRig, cpuMs } from './bench-rig.ts';
import { BareReader } from './comparisons.ts';
import {
  changeOneByOne,
  passDurations,
  range,
  rotate,
  untilLogged,
  untilPublished,
  writes,
} from './measurements.ts';
import { median, percentile } from './statistics.ts';

/** Figures by name: milliseconds, unless the name says otherwise. */
export type Figures = Record<string, number>;

/** One thing that is measured. It gets a fleet of its own, all clusters in the registry and no exporter yet. */
export type Scenario = (rig: BenchRig) => Promise<Figures>;

/** As many as the exporter reads at once by default. */
const CONCURRENCY = 64;
const REPETITIONS = 5;
/** Share of the clusters that changes, or fails, together. */
const SHARE = 0.1;
const STEADY_MS = 60_000;

/** From a cold start to a published fleet, against who only reads it. */
async function cold(rig: BenchRig): Promise<Figures> {
  const passes: number[] = [];
  const starts: number[] = [];
  const bounds: number[] = [];
  const { clusters } = rig;
  // The first round compiles what the later ones use, on both sides.
  for (let count = 0; count <= REPETITIONS; count++) {
    const startedAt = performance.now();
    const exporter = await rig.startExporter();
    await untilPublished(exporter, clusters);
    const took = performance.now() - startedAt;
    await untilLogged(exporter, 'pass ended');
    if (count > 0) {
      starts.push(took);
      passes.push(...passDurations(exporter).slice(0, 1));
    }
    await exporter.stop();
    await rig.aggregate.delete();

    const bare = new BareReader(rig.farm.endpoints);
    const bound = await bare.readConcurrently(CONCURRENCY);
    if (count > 0) bounds.push(bound);
    await bare.close();
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
  const { clusters } = rig;
  const exporter = await rig.startExporter({ MCCE_WATCH_SOURCES: 'false', MCCE_SYNC_INTERVAL: '3s' });
  await untilPublished(exporter, clusters);
  await eventually(
    () => {
      if (passDurations(exporter).length < REPETITIONS + 2) throw new Error('too few passes');
    },
    { timeoutMs: 60_000 },
  );
  const passes = passDurations(exporter).slice(2);
  await exporter.stop();

  const bare = new BareReader(rig.farm.endpoints);
  await bare.readConcurrently(CONCURRENCY);
  const bounds: number[] = [];
  for (let count = 0; count < REPETITIONS; count++) bounds.push(await bare.readConcurrently(CONCURRENCY));
  const serial = await bare.readSerially();
  await bare.close();
  return {
    'warm pass': median(passes),
    'lower bound': median(bounds),
    'warm pass / lower bound, ratio': median(passes) / median(bounds),
    "the predecessor's way": serial,
    "the predecessor's way / warm pass, ratio": serial / median(passes),
  };
}

/** From the change of a source to the aggregate. */
async function propagation(rig: BenchRig): Promise<Figures> {
  const { clusters } = rig;
  await rig.startSynced();
  const one = await changeOneByOne(rig, range(clusters));
  const together: number[] = [];
  for (let count = 0; count < REPETITIONS; count++)
    together.push(...(await rig.propagate(range(Math.ceil(clusters * SHARE)))));
  return {
    'one change, p50': percentile(one, 0.5),
    'one change, p99': percentile(one, 0.99),
    '10% at once, p50': percentile(together, 0.5),
    '10% at once, p99': percentile(together, 0.99),
  };
}

/** Whether healthy clusters are published as fast while a tenth of all answers no dial. */
async function isolation(rig: BenchRig): Promise<Figures> {
  const { clusters } = rig;
  const exporter = await rig.startSynced();
  const cutOff = range(Math.ceil(clusters * SHARE));
  const healthy = range(clusters).slice(cutOff.length);

  const without = await changeOneByOne(rig, healthy);
  await rig.farm.ask({ kind: 'black-hole', clusters: cutOff });
  const during = await changeOneByOne(rig, healthy);
  const { counts } = await exporter.status();
  return {
    'p50 without': percentile(without, 0.5),
    'p99 without': percentile(without, 0.99),
    'p50 with 10% cut off': percentile(during, 0.5),
    'p99 with 10% cut off': percentile(during, 0.99),
    'p50, ratio': percentile(during, 0.5) / percentile(without, 0.5),
    'p99, ratio': percentile(during, 0.99) / percentile(without, 0.99),
    'stale, clusters': counts.stale,
  };
}

/** What a quiet fleet costs, and what it holds in memory. */
async function steady(rig: BenchRig): Promise<Figures> {
  const exporter = await rig.startSynced();
  const pid = exporter.pid ?? 0;
  const rssAtStart = exporter.rssMiB();
  await delay(5_000);
  const before = {
    cpu: cpuMs(pid),
    writes: writes(exporter),
    ...(await rig.farm.ask({ kind: 'counters' })),
  };
  await delay(STEADY_MS);
  const after = {
    cpu: cpuMs(pid),
    writes: writes(exporter),
    ...(await rig.farm.ask({ kind: 'counters' })),
  };
  return {
    'processor time, % of a core': ((after.cpu - before.cpu) / STEADY_MS) * 100,
    'requests to clusters': after.requests - before.requests,
    'handshakes with clusters': after.handshakes - before.handshakes,
    'writes of the aggregate': after.writes - before.writes,
    'RSS once synced, MiB': rssAtStart,
    'RSS afterwards, MiB': exporter.rssMiB(),
  };
}

/** How fast an entry is followed, and what it leaves behind when all of them are rotated. */
async function rotation(rig: BenchRig): Promise<Figures> {
  const { clusters } = rig;
  const exporter = await rig.startSynced();
  const rssBefore = exporter.rssMiB();
  const one: number[] = [];
  for (let count = 0; count < REPETITIONS; count++) one.push(await rotate(rig, exporter, [count % clusters]));
  const all = await rotate(rig, exporter, range(clusters));
  return {
    'one entry, until watched again': median(one),
    'all entries, until watched again': all,
    'RSS before, MiB': rssBefore,
    'RSS afterwards, MiB': exporter.rssMiB(),
  };
}

/** Every scenario by its name on the command line. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  cold,
  warm,
  propagation,
  isolation,
  steady,
  rotation,
};
