import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { DelayedLink } from './delayed-link.ts';
import { Farm } from './farm.ts';
import { type Endpoint, FARM_SERVER_NAME, sourceData } from './farm-protocol.ts';

/** What a benchmark is run under. */
export interface BenchConditions {
  /** To the hub and to every cluster. */
  readonly roundTripMs: number;
  readonly random: SeededRandom;
  /** For what is measured over a longer time. */
  readonly minutes: number;
}

/** The hub, many clusters behind a network, and the built exporter: three processes, so that each one's work is its own. */
export class BenchRig {
  readonly hub: SandboxApiServer;
  readonly farm: Farm;
  readonly clusters: number;
  readonly roundTripMs: number;
  /** Says which clusters change or fail. */
  readonly random: SeededRandom;
  readonly minutes: number;
  readonly registry: SecretEditor;
  readonly aggregate: SecretEditor;
  private readonly hubToken = randomBytes(24).toString('hex');
  private readonly hubSockets: readonly Socket[];
  private readonly exporters: ExporterProcess[] = [];

  private constructor(
    hub: SandboxApiServer,
    farm: Farm,
    sockets: readonly Socket[],
    { roundTripMs, random, minutes }: BenchConditions,
  ) {
    this.hub = hub;
    this.hubSockets = sockets;
    this.farm = farm;
    this.clusters = farm.endpoints.length;
    this.roundTripMs = roundTripMs;
    this.random = random;
    this.minutes = minutes;
    this.registry = new SecretEditor(hub.admin, 'multi-k8s-config');
    this.aggregate = new SecretEditor(hub.admin, 'multi-storage-config');
    hub.authorizer.addAdmin(this.hubToken);
  }

  /** All clusters are in the registry, and none is published yet. */
  static async start(clusters: number, conditions: BenchConditions): Promise<BenchRig> {
    const { roundTripMs } = conditions;
    const sockets: Socket[] = [];
    const hub = await SandboxApiServer.start('hub', {
      link: (socket) => {
        sockets.push(socket);
        return new DelayedLink(socket, { roundTripMs, blackHole: false });
      },
    });
    const rig = new BenchRig(hub, await Farm.start(clusters, roundTripMs), sockets, conditions);
    const entries = rig.farm.endpoints.map((endpoint, index) => [`c${index}`, entryOf(endpoint)]);
    await rig.registry.create(Object.fromEntries(entries));
    return rig;
  }

  /** Starts an exporter. */
  async startExporter(settings: Record<string, string> = {}): Promise<ExporterProcess> {
    const access = { server: this.hub.url, ca: this.hub.authority.cert, token: this.hubToken };
    const exporter = await ExporterProcess.start(access, { MCCE_LOG_LEVEL: 'info', ...settings });
    this.exporters.push(exporter);
    return exporter;
  }

  /** Starts an exporter and waits until every cluster is published, and watched except for those that are polled. */
  async startSynced(settings: Record<string, string> = {}, polled = 0): Promise<ExporterProcess> {
    return await this.untilSynced(await this.startExporter(settings), this.clusters, polled);
  }

  /** The same for an exporter that has only one of the clusters in its registry. */
  async startSyncedWithOne(): Promise<ExporterProcess> {
    const names = { MCCE_REGISTRY_SECRET: 'one-cluster', MCCE_AGGREGATE_SECRET: 'one-aggregate' };
    const [endpoint] = this.farm.endpoints;
    if (endpoint)
      await new SecretEditor(this.hub.admin, names.MCCE_REGISTRY_SECRET).create({ c0: entryOf(endpoint) });
    return await this.untilSynced(await this.startExporter(names), 1);
  }

  /** Starts a second exporter for the same aggregate, which knows one cluster alone. */
  async startRival(): Promise<ExporterProcess> {
    const [endpoint] = this.farm.endpoints;
    if (endpoint) await new SecretEditor(this.hub.admin, 'one-cluster').create({ c0: entryOf(endpoint) });
    return await this.startExporter({ MCCE_REGISTRY_SECRET: 'one-cluster', MCCE_REMOVAL_GUARD: '0' });
  }

  /** How often anybody has sent a write of the aggregate. */
  get hubWrites(): number {
    return this.hub.requests.filter((request) => /^PATCH .*multi-storage-config$/.test(request)).length;
  }

  private async untilSynced(exporter: ExporterProcess, count: number, polled = 0): Promise<ExporterProcess> {
    await eventually(
      async () => {
        const { counts, aggregate, clusters } = await exporter.status();
        const watched = clusters.filter(({ watch }) => watch?.connected).length;
        if (aggregate.keys !== count || watched !== count - polled)
          throw new Error(`not every cluster is synced: ${watched} watched, ${JSON.stringify(counts)}`);
      },
      { timeoutMs: 120_000, everyMs: 250 },
    );
    return exporter;
  }

  /**
   * Changes sources and waits until the aggregate holds all of them.
   *
   * @returns for each cluster how long it took, in milliseconds
   */
  async propagate(clusters: readonly number[], timeoutMs = 60_000): Promise<number[]> {
    const text = randomBytes(8).toString('hex');
    const wanted = encodedAggregateValue(text);
    const arrivals = new Map<number, bigint>();
    const unsubscribe = this.hub.store.subscribe(({ object }) => {
      if (object.metadata?.name !== 'multi-storage-config') return;
      const now = process.hrtime.bigint();
      for (const index of clusters)
        if (!arrivals.has(index) && object.data?.[`c${index}`] === wanted) arrivals.set(index, now);
    });
    try {
      const changedAt = BigInt(await this.farm.ask({ kind: 'change', clusters, text }));
      await eventually(
        () => {
          if (arrivals.size < clusters.length) throw new Error('a change has not arrived');
        },
        { timeoutMs, everyMs: 5 },
      );
      return [...arrivals.values()].map((at) => Number(at - changedAt) / 1e6);
    } finally {
      unsubscribe();
    }
  }

  /**
   * Gives clusters another entry, whose token may not watch.
   *
   * @returns the clusters
   */
  async pollOnly(clusters: readonly number[]): Promise<readonly number[]> {
    const entries: Record<string, string> = {};
    for (const index of clusters)
      entries[`c${index}`] = entryOf(await this.farm.ask({ kind: 'entry', cluster: index, polled: true }));
    await this.registry.edit(entries);
    return clusters;
  }

  /**
   * Adds an entry for one of the clusters under another name, waits until the aggregate has its key, and removes it.
   *
   * @returns how long that took, in milliseconds
   */
  async join(cluster: number): Promise<number> {
    const entry = entryOf(await this.farm.ask({ kind: 'entry', cluster }));
    const published = this.untilKey('joins');
    const startedAt = performance.now();
    await this.registry.edit({ joins: entry });
    const took = (await published) - startedAt;
    await this.registry.edit({ joins: null });
    return took;
  }

  /** When the aggregate first holds one of these keys, or any: milliseconds of `performance.now`. */
  async untilKey(key?: string): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const unsubscribe = this.hub.store.subscribe(({ object }) => {
      if (object.metadata?.name !== 'multi-storage-config') return;
      const { data = {} } = object;
      if (key === undefined ? Object.keys(data).length > 0 : key in data) resolve(performance.now());
    });
    return await promise.finally(unsubscribe);
  }

  /** What has gone over all connections with the hub, in bytes: from its clients, and to them. */
  get hubTraffic(): { received: number; sent: number } {
    const sum = (count: (socket: Socket) => number) =>
      this.hubSockets.reduce((total, socket) => total + count(socket), 0);
    return { received: sum(({ bytesRead }) => bytesRead), sent: sum(({ bytesWritten }) => bytesWritten) };
  }

  /** Waits until the exporter has earned again what so many writes of its budget cost, so that the budget is not what is measured. */
  async rest(writes = 1): Promise<void> {
    await delay(1_050 * writes);
  }

  async stop(): Promise<void> {
    for (const exporter of this.exporters) await exporter.stop('SIGKILL');
    this.farm.stop();
    await this.hub.stop();
  }
}

/** An entry of the registry. */
export function entryOf(endpoint: Endpoint): string {
  return primusLensEntry(endpoint, { tlsServerName: FARM_SERVER_NAME });
}

/** Processor time that a process has used, in milliseconds (proc(5), utime and stime in clock ticks of 10 ms). */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function encodedAggregateValue(text: string): string {
  const encoded = Object.fromEntries(
    Object.entries(sourceData(text)).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return Buffer.from(JSON.stringify(encoded)).toString('base64');
}
