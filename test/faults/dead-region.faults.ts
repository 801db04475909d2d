import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { deadForDials, deadForHandshakes } from '../support/dead-ends.ts';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { startNameServer } from '../support/name-server.ts';
import { FaultRig, valueOf } from './fault-rig.ts';

/** The default, and more clusters that hang than that. */
const SLOTS = 64;
const HANGING = Array.from({ length: 100 }, (_, index) => `hanging-${index}`);
const HEALTHY = ['a', 'm', 'z'];
const INTERVAL_MS = 6_000;
const READ_TIMEOUT_MS = 2_000;
/** What starting a process may take on a machine that has other things to do. */
const START_MS = 1_500;

/** A region that is gone. */
interface DeadRegion {
  /** The address of one of its clusters. */
  server(name: string): string;
  /** The address of a healthy one, where it may not be the usual one. */
  healthy?(url: string): string;
  ca?: string;
  token?: string;
  resolvConf?: string;
  close(): Promise<void>;
}

const behind = async (
  starting: Promise<{ port: number; close: () => Promise<void> }>,
): Promise<DeadRegion> => {
  const { port, close } = await starting;
  return { server: () => `https://127.0.0.1:${port}`, close };
};

/** A server that answers no read, or none that asks for a watch. */
const silentServer = async (onlyWatches: boolean): Promise<DeadRegion> => {
  const server = await SandboxApiServer.start('silent');
  const token = randomBytes(24).toString('hex');
  server.authorizer.addUser(token, [{ verbs: ['get', 'list', 'watch'], resource: 'secrets' }]);
  await server.admin.must('POST', '/api/v1/namespaces/default/secrets', {
    body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'storage-config' }, data: { a: 'QQ==' } },
  });
  server.faults.inject({ kind: 'hang' }, { when: ({ watch }) => watch || !onlyWatches });
  return { server: () => server.url, ca: server.authority.cert, token, close: () => server.stop() };
};

const silentResolver = async (): Promise<DeadRegion> => {
  const { resolvConf, close } = await startNameServer((name) => name.endsWith('.healthy.test'));
  return {
    server: (name) => `https://${name}.dead.test:6443`,
    healthy: (url) => url.replace('127.0.0.1', `${randomBytes(4).toString('hex')}.healthy.test`),
    resolvConf,
    close,
  };
};

/** A lookup that is shared with a try before it may fail before this one has had its time. */
const TIMEOUT_OR_DNS = expect.stringMatching(/^(timeout|dns)$/) as string;

const REGIONS: [string, string, () => Promise<DeadRegion>][] = [
  ['nobody can be dialled', 'timeout', () => behind(deadForDials())],
  ['every TLS handshake hangs', 'timeout', () => behind(deadForHandshakes())],
  ['no server answers', 'timeout', () => silentServer(false)],
  ['the names are those of a resolver that is silent', TIMEOUT_OR_DNS, silentResolver],
];

describe('a region', () => {
  let rig: FaultRig | undefined;
  let region: DeadRegion | undefined;

  afterEach(async () => {
    await rig?.stop();
    await region?.close();
    region = undefined;
  });

  const prepare = async (start: () => Promise<DeadRegion>) => {
    const [running, dead] = [await FaultRig.start(HEALTHY), await start()];
    [rig, region] = [running, dead];
    const entries = HANGING.map((name) => {
      const { ca = running.hub.authority.cert, token = randomBytes(24).toString('hex') } = dead;
      return [name, primusLensEntry({ server: dead.server(name), ca, token })] as const;
    });
    await running.registry.edit({
      ...Object.fromEntries(entries),
      ...Object.fromEntries(HEALTHY.map((name) => [name, entryOf(running, name)])),
    });
    return running;
  };
  /** By the name that the region has for it. */
  const entryOf = (running: FaultRig, name: string) => {
    const entry = JSON.parse(running.entry(name)) as { host: string };
    const host = region?.healthy?.(entry.host) ?? entry.host;
    return JSON.stringify({ ...entry, host, ...(host !== entry.host && { tlsServerName: `${name}.test` }) });
  };
  const start = (running: FaultRig) =>
    running.startExporter(
      {
        MCCE_SYNC_INTERVAL: `${INTERVAL_MS}ms`,
        MCCE_READ_TIMEOUT: `${READ_TIMEOUT_MS}ms`,
        MCCE_READ_CONCURRENCY: String(SLOTS),
      },
      { resolvConf: region?.resolvConf },
    );
  const timeUntilPublished = async (running: FaultRig, name: string, text: string, since: number) => {
    await eventually(() => expect(running.history.at(-1)?.get(name)).toBe(valueOf(text)), { everyMs: 5 });
    return Math.round(performance.now() - since);
  };
  /** The longest time between two tries of one cluster that hangs. Milliseconds. */
  const longestGap = (exporter: ExporterProcess, from: number): number => {
    const tries = new Map<string, number[]>(HANGING.map((name) => [name, []]));
    for (const { message, cluster, time } of exporter.log)
      if (message === 'source read' && Date.parse(String(time)) >= from)
        tries.get(String(cluster))?.push(Date.parse(String(time)));
    const gaps = [...tries.values()].map((times) =>
      Math.max(...times.map((time, index) => (times[index + 1] ?? Date.now()) - time)),
    );
    return Math.max(...gaps);
  };

  it.each(REGIONS)('in which %s holds up nobody', async (_what, reason, startRegion) => {
    const running = await prepare(startRegion);
    const startedAt = performance.now();
    const exporter = await start(running);
    const published = HEALTHY.map((name) => timeUntilPublished(running, name, `${name} 1`, startedAt));
    const [all, ready] = await Promise.all([
      Promise.all(published),
      exporter.waitUntilReady().then(() => Math.round(performance.now() - startedAt)),
    ]);
    const first = Math.min(...all);
    expect(first).toBeLessThan(1_000 + START_MS);
    expect(ready).toBeLessThan(READ_TIMEOUT_MS + START_MS);
    expect(Math.max(...all)).toBeLessThan(2_000 + START_MS);

    const joins: number[] = [];
    const changes: number[] = [];
    const observedFrom = Date.now();
    for (let round = 0; round < 10; round++) {
      const since = performance.now();
      running.cluster('m').editSecret('storage-config', { opensearch: `m ${round}` });
      changes.push(await timeUntilPublished(running, 'm', `m ${round}`, since));
      const joinsAt = performance.now();
      await running.registry.edit({ [`joins-${round}`]: entryOf(running, 'z') });
      joins.push(await timeUntilPublished(running, `joins-${round}`, 'z 1', joinsAt));
      await delay((2 * INTERVAL_MS) / 10);
    }
    const gap = longestGap(exporter, observedFrom);

    console.log(
      `first key after ${first} ms, all after ${Math.max(...all)} ms, ready after ${ready} ms; ` +
        `a change after ${Math.max(...changes)} ms, an entry that joins after ${Math.max(...joins)} ms; tries ${gap} ms apart`,
    );
    expect(Math.max(...changes)).toBeLessThan(1_000);
    expect(Math.max(...joins)).toBeLessThan(1_000);
    expect(gap).toBeLessThan(INTERVAL_MS + 1_000);
    expect(await exporter.cluster('hanging-7')).toMatchObject({ state: 'pending', reason });
  });

  it('whose gateway holds back the head of every watch holds up nobody, and is polled', async () => {
    const running = await prepare(() => silentServer(true));
    const startedAt = performance.now();
    const exporter = await start(running);
    await exporter.waitUntilReady();
    expect(performance.now() - startedAt).toBeLessThan(READ_TIMEOUT_MS + START_MS);
    const isConnected = async (name: string) => (await exporter.cluster(name)).watch?.connected;
    await eventually(async () => expect(await Promise.all(HEALTHY.map(isConnected))).not.toContain(false));
    expect(performance.now() - startedAt).toBeLessThan(READ_TIMEOUT_MS + 2_000 + START_MS);
    const joinsAt = performance.now();
    await running.registry.edit({ z: entryOf(running, 'z') });
    await eventually(async () => expect(await isConnected('z')).toBe(true));
    expect(performance.now() - joinsAt).toBeLessThan(1_000);

    await eventually(
      async () => {
        const clusters = (await exporter.status()).clusters.filter(({ name }) => HANGING.includes(name));
        expect(clusters.map(({ state }) => state)).toEqual(HANGING.map(() => 'synced'));
        for (const { watch } of clusters)
          expect(watch).toMatchObject({
            connected: false,
            message: expect.stringMatching(/it is polled\.$/),
          });
      },
      { timeoutMs: 30_000 },
    );

    const observedFrom = Date.now();
    await delay(2 * INTERVAL_MS);
    const gap = longestGap(exporter, observedFrom);
    console.log(`polled ${gap} ms apart`);
    expect(gap).toBeLessThan(INTERVAL_MS + 1_000);
  });
});
