import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { type BenchRig, cpuMs, entryOf } from './bench-rig.ts';

const CHANGES = 200;
/** How long it is watched doing nothing. */
const QUIET_MS = 60_000;

/** Changes one source after the other, some of these. Resolves with how long each change took to arrive. */
export async function changeOneByOne(
  rig: BenchRig,
  clusters: readonly number[],
  changes = CHANGES,
): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < changes; count++) {
    await rig.rest();
    times.push(...(await rig.propagate(rig.random.sample(clusters, 1))));
  }
  return times;
}

/**
 * What each of many changes costs beyond what the exporter needs while nothing happens: processor time in milliseconds, and bytes between
 * exporter and hub.
 */
export async function costPerChange(
  rig: BenchRig,
  exporter: ExporterProcess,
  meanwhile: () => Promise<void>,
): Promise<{ cpuMs: number; sentBytes: number; receivedBytes: number }> {
  const spent = async (during: () => Promise<void>) => {
    const look = () => ({ ...rig.hubTraffic, cpuMs: cpuMs(exporter.pid ?? 0), atMs: performance.now() });
    const before = look();
    await during();
    const after = look();
    return {
      ms: after.atMs - before.atMs,
      cpuMs: after.cpuMs - before.cpuMs,
      sentBytes: after.received - before.received,
      receivedBytes: after.sent - before.sent,
    };
  };
  const quiet = await spent(async () => await delay(QUIET_MS));
  const busy = await spent(meanwhile);
  const net = (of: 'cpuMs' | 'sentBytes' | 'receivedBytes') =>
    (busy[of] - (quiet[of] / quiet.ms) * busy.ms) / CHANGES;
  return { cpuMs: net('cpuMs'), sentBytes: net('sentBytes'), receivedBytes: net('receivedBytes') };
}

/** Resolves with the milliseconds until each of the clusters is watched with its new credentials. */
export async function rotate(
  rig: BenchRig,
  exporter: ExporterProcess,
  clusters: readonly number[],
): Promise<number> {
  const entries = new Map<number, string>();
  for (const index of clusters)
    entries.set(index, entryOf(await rig.farm.ask({ kind: 'entry', cluster: index })));
  const before = await rig.farm.ask({ kind: 'counters' });
  const startedAt = performance.now();
  await rig.editEntries(entries);
  await eventually(
    async () => {
      const { handshakes } = await rig.farm.ask({ kind: 'counters' });
      const unwatched = (await exporter.status()).clusters.filter(({ watch }) => !watch?.connected);
      if (handshakes < before.handshakes + clusters.length || unwatched.length > 0)
        throw new Error('not yet');
    },
    { timeoutMs: 60_000, everyMs: Math.max(20, rig.clusters / 10) },
  );
  return performance.now() - startedAt;
}

/** Waits until the exporter has written an aggregate of so many clusters. */
export async function untilPublished(exporter: ExporterProcess, clusters: number): Promise<void> {
  await eventually(
    () => {
      const written = exporter.log.findLast(({ message }) => message === 'aggregate written');
      if (written?.keys !== clusters) throw new Error('not every cluster is published');
    },
    { timeoutMs: 120_000, everyMs: 20 },
  );
}

/** Waits until the status calls so many clusters stale, and no more. */
export async function untilStale(exporter: ExporterProcess, clusters: number): Promise<void> {
  await eventually(
    async () => {
      const { stale } = (await exporter.status()).counts;
      if (stale !== clusters) throw new Error(`${stale} clusters are stale, not ${clusters}`);
    },
    { timeoutMs: 60_000, everyMs: 250 },
  );
}

/** Waits for a line of the log. */
export async function untilLogged(exporter: ExporterProcess, message: string): Promise<void> {
  await eventually(() => {
    if (!exporter.log.some((line) => line.message === message)) throw new Error(`"${message}" is not logged`);
  });
}

/** How long each pass took, in milliseconds. */
export function passDurations(exporter: ExporterProcess): number[] {
  return exporter.log
    .filter(({ message }) => message === 'pass ended')
    .map(({ durationMs }) => Number(durationMs));
}

/** What an exporter needs while something goes on: processor time, and what it asks of clusters and hub. */
export async function spentBy(
  rig: BenchRig,
  exporter: ExporterProcess,
  meanwhile: () => Promise<void>,
): Promise<{ cpuMs: number; requests: number; handshakes: number; writes: number }> {
  const look = async () => ({
    cpuMs: cpuMs(exporter.pid ?? 0),
    writes: exporter.log.filter(({ message }) => message === 'aggregate written').length,
    ...(await rig.farm.ask({ kind: 'counters' })),
  });
  const before = await look();
  await meanwhile();
  const after = await look();
  return {
    cpuMs: after.cpuMs - before.cpuMs,
    requests: after.requests - before.requests,
    handshakes: after.handshakes - before.handshakes,
    writes: after.writes - before.writes,
  };
}

/** The numbers from 0 up to, and without, the count. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
