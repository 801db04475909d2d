import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import type { KubeObject } from '../support/api-client.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { DelayedLink } from './delayed-link.ts';
import { Farm } from './farm.ts';
import { type Endpoint, FARM_SERVER_NAME, sourceData } from './farm-protocol.ts';

const AGGREGATE = 'multi-storage-config';
/** As many contents as a Secret takes without being nearly full. */
const CLUSTERS_PER_PART = 1_500;
/** As many entries as a Secret takes. */
const MOST_ENTRIES = 1_000;
/** In a labelled Secret; these name the clusters where there are more than one Secret takes. */
const ENTRIES_PER_SECRET = 500;
const LABEL = { 'multi-cluster-config-exporter/registry': 'multi-k8s-config' };

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
  /** The Secrets that name the clusters, in this order; each has {@link perSecret} of them. */
  private readonly registries: readonly SecretEditor[];
  private readonly perSecret: number;
  /** One for each part. */
  private readonly aggregates: readonly SecretEditor[];
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
    this.perSecret = this.isLarge ? ENTRIES_PER_SECRET : this.clusters;
    this.registries = this.isLarge
      ? Array.from(
          { length: Math.ceil(this.clusters / ENTRIES_PER_SECRET) },
          (_, index) => new SecretEditor(hub.admin, `clusters-${index}`),
        )
      : [new SecretEditor(hub.admin, 'multi-k8s-config')];
    this.aggregates = Array.from(
      { length: Math.ceil(this.clusters / CLUSTERS_PER_PART) },
      (_, index) => new SecretEditor(hub.admin, index === 0 ? AGGREGATE : `${AGGREGATE}-${index}`),
    );
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
    const entries = rig.farm.endpoints.map((endpoint, index) => [`c${index}`, entryOf(endpoint)] as const);
    for (const [index, secret] of rig.registries.entries())
      await secret.create(
        Object.fromEntries(entries.slice(index * rig.perSecret, (index + 1) * rig.perSecret)),
        rig.isLarge ? { metadata: { name: `clusters-${index}`, labels: LABEL } } : {},
      );
    return rig;
  }

  /** Whether there are more clusters than one Secret of entries holds. */
  private get isLarge(): boolean {
    return this.clusters > MOST_ENTRIES;
  }

  /** Changes entries, by the index of their cluster. */
  async editEntries(entries: ReadonlyMap<number, string>): Promise<void> {
    const bySecret = Map.groupBy(entries, ([cluster]) => Math.floor(cluster / this.perSecret));
    for (const [index, some] of bySecret)
      await this.registries[index]?.edit(
        Object.fromEntries(some.map(([cluster, entry]) => [`c${cluster}`, entry])),
      );
  }

  /** Deletes the aggregate. */
  async deleteAggregate(): Promise<void> {
    for (const part of this.aggregates) if (await part.read()) await part.delete();
  }

  /** Starts an exporter. */
  async startExporter(settings: Record<string, string> = {}): Promise<ExporterProcess> {
    const access = { server: this.hub.url, ca: this.hub.authority.cert, token: this.hubToken };
    const exporter = await ExporterProcess.start(access, {
      MCCE_LOG_LEVEL: 'info',
      ...(this.isLarge && {
        MCCE_EXTENSIONS: 'labelled-secrets',
        MCCE_AGGREGATE_PARTS: String(this.aggregates.length),
      }),
      ...settings,
    });
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
    return this.hub.requests.filter((request) => /^PATCH .*multi-storage-config(-\d+)?$/.test(request))
      .length;
  }

  /** Waits until so many clusters are published, and watched except for those that are polled. */
  async untilSynced(exporter: ExporterProcess, count = this.clusters, polled = 0): Promise<ExporterProcess> {
    await eventually(
      async () => {
        const { counts, aggregate, clusters } = await exporter.status();
        const watched = clusters.filter(({ watch }) => watch?.connected).length;
        if (aggregate.keys !== count || watched !== count - polled)
          throw new Error(`not every cluster is synced: ${watched} watched, ${JSON.stringify(counts)}`);
      },
      // The answer costs the exporter more, the more clusters there are.
      { timeoutMs: 300_000, everyMs: Math.max(250, this.clusters) },
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
      if (!isOfAggregate(object)) return;
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
    const entries = new Map<number, string>();
    for (const index of clusters)
      entries.set(index, entryOf(await this.farm.ask({ kind: 'entry', cluster: index, polled: true })));
    await this.editEntries(entries);
    return clusters;
  }

  /**
   * Adds an entry for one of the clusters under another name, waits until the aggregate has its key, and removes it.
   *
   * @returns how long it took to join and to leave, in milliseconds
   */
  async joinAndLeave(cluster: number): Promise<{ joinedMs: number; leftMs: number }> {
    const entry = entryOf(await this.farm.ask({ kind: 'entry', cluster }));
    const [registry] = this.registries;
    const published = this.untilKey('joins');
    const joinedAt = performance.now();
    await registry?.edit({ joins: entry });
    const joinedMs = (await published) - joinedAt;
    await this.rest();
    const gone = this.untilNoKey('joins');
    const leftAt = performance.now();
    await registry?.edit({ joins: null });
    return { joinedMs, leftMs: (await gone) - leftAt };
  }

  /** When the aggregate first holds one of these keys, or any: milliseconds of `performance.now`. */
  async untilKey(key?: string): Promise<number> {
    return await this.untilPart(({ data = {} }) =>
      key === undefined ? Object.keys(data).length > 0 : key in data,
    );
  }

  /** When the aggregate has lost this key, which it has now: milliseconds of `performance.now`. */
  private async untilNoKey(key: string): Promise<number> {
    const parts = await Promise.all(this.aggregates.map(async (part) => await part.read()));
    const name = parts.find((part) => part?.data && key in part.data)?.metadata?.name;
    return await this.untilPart(({ metadata, data = {} }) => metadata?.name === name && !(key in data));
  }

  /** When a part of the aggregate is first written like this. */
  private async untilPart(isMeant: (part: KubeObject) => boolean): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const unsubscribe = this.hub.store.subscribe(({ object }) => {
      if (isOfAggregate(object) && isMeant(object)) resolve(performance.now());
    });
    return await promise.finally(unsubscribe);
  }

  /** What has gone over all connections with the hub, in bytes: from its clients, and to them. */
  get hubTraffic(): { received: number; sent: number } {
    const sum = (count: (socket: Socket) => number) =>
      this.hubSockets.reduce((total, socket) => total + count(socket), 0);
    return { received: sum(({ bytesRead }) => bytesRead), sent: sum(({ bytesWritten }) => bytesWritten) };
  }

  /** Waits until the exporter has earned again what so many changes cost of its budget, so that the budget is not what is measured. */
  async rest(changes = 1): Promise<void> {
    // A change of another part than the first one changes what that one says of all of them.
    const writes = this.aggregates.length > 1 ? 2 : 1;
    await delay(1_050 * writes * changes);
  }

  async stop(): Promise<void> {
    for (const exporter of this.exporters) await exporter.stop('SIGKILL');
    this.farm.stop();
    await this.hub.stop();
  }
}

function isOfAggregate({ metadata }: KubeObject): boolean {
  return /^multi-storage-config(-\d+)?$/.test(metadata?.name ?? '');
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
