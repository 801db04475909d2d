import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../sandbox/faults.ts';
import type { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { CertificateAuthority } from '../support/pki.ts';
import { FaultRig, valueOf } from './fault-rig.ts';

/** One way for a cluster to fail. */
interface ClusterFault {
  /** Also the name of the cluster that has it. */
  name: string;
  reason: string;
  /** Brings it about, and returns what ends it. */
  strike: (cluster: SandboxApiServer) => Promise<() => Promise<void>>;
}

const answering = (name: string, reason: string, fault: Fault): ClusterFault => ({
  name,
  reason,
  strike: async (cluster) => {
    const lift = cluster.faults.inject(fault);
    return async () => lift();
  },
});
const status = (code: number, reason: string, headers: Record<string, string> = {}) =>
  answering(`status-${code}`, reason, { kind: 'status', status: code, headers, body: 'upstream says no' });
const presenting = (
  name: string,
  issue: (cluster: SandboxApiServer) => Promise<{ cert: string; key: string }>,
) => ({
  name,
  reason: 'tls',
  strike: async (cluster: SandboxApiServer) => {
    cluster.useCertificate(await issue(cluster));
    const good = { commonName: cluster.name, hosts: ['127.0.0.1'] };
    return async () => cluster.useCertificate(await cluster.authority.issue(good));
  },
});

/** Every secret that fits into an answer of five megabytes. */
const FIVE_MEGABYTES = JSON.stringify({
  kind: 'Secret',
  metadata: { uid: 'x', resourceVersion: '1', annotations: { filler: 'x'.repeat(5 * 1024 * 1024) } },
  type: 'Opaque',
});

const FAULTS: ClusterFault[] = [
  {
    name: 'refused',
    reason: 'connect',
    strike: async (cluster) => {
      await cluster.refuse();
      return () => cluster.listen();
    },
  },
  {
    name: 'accepted-but-silent',
    reason: 'timeout',
    strike: async (cluster) => {
      const { port } = new URL(cluster.url);
      await cluster.refuse();
      const hole = await blackHole(Number(port));
      return async () => {
        await hole.close();
        await cluster.listen();
      };
    },
  },
  answering('never-answers', 'timeout', { kind: 'hang' }),
  answering('drops-connections', 'connect', { kind: 'drop' }),
  answering('slow-drip', 'timeout', { kind: 'drip', everyMs: 20 }),
  answering('reset-mid-body', 'connect', { kind: 'reset' }),
  answering('endless-body', 'too_large', { kind: 'endless' }),
  answering('five-megabytes', 'too_large', { kind: 'body', body: FIVE_MEGABYTES }),
  answering('garbage-body', 'server_error', { kind: 'body', body: '<html>not what you asked for</html>' }),
  answering('half-a-body', 'server_error', { kind: 'body', body: '{"kind":"Secret","metadata":{' }),
  answering('wrong-object', 'server_error', { kind: 'body', body: '{"kind":"Pod","metadata":{}}' }),
  answering('late', 'timeout', { kind: 'delay', ms: 3_000 }),
  status(401, 'unauthorized'),
  status(403, 'forbidden'),
  status(404, 'server_error'),
  status(409, 'server_error'),
  status(410, 'server_error'),
  status(429, 'rate_limited', { 'retry-after': '1' }),
  status(500, 'server_error'),
  status(503, 'server_error', { 'retry-after': '1' }),
  status(302, 'server_error', { location: 'https://127.0.0.1:1/' }),
  presenting('expired-certificate', (cluster) =>
    cluster.authority.issue({
      commonName: 'old',
      hosts: ['127.0.0.1'],
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-01-01'),
    }),
  ),
  presenting('foreign-certificate', async () =>
    (await CertificateAuthority.create('foreign')).issue({ commonName: 'x', hosts: ['127.0.0.1'] }),
  ),
  presenting('certificate-of-another', (cluster) =>
    cluster.authority.issue({ commonName: 'other', hosts: ['other.test'] }),
  ),
];

const HEALTHY = 'healthy';
/** Interval of the rig, with its jitter, and room for a busy machine. */
const IN_TIME_MS = 3_000;
/** A server that asks for a pause of a second gets it on top. */
const RECOVERY_MS = 4_500;

describe.concurrent.each(['polled', 'watched'])('a cluster that is %s and fails', (how) => {
  let rig: FaultRig;
  let exporter: ExporterProcess;

  beforeAll(async () => {
    rig = await FaultRig.start([HEALTHY, ...FAULTS.map(({ name }) => name)]);
    exporter = await rig.startExporter({ MCCE_WATCH_SOURCES: String(how === 'watched') });
    await exporter.waitUntilReady();
    await eventually(async () => expect((await exporter.status()).counts.synced).toBe(FAULTS.length + 1));
  });

  afterAll(async () => {
    await rig?.stop();
  });

  const expectPublished = (name: string, text: string, timeoutMs: number) =>
    eventually(async () => expect((await rig.aggregate.data()).get(name)).toBe(valueOf(text)), { timeoutMs });

  const staleClusters = async () =>
    (await rig.aggregate.read())?.metadata?.annotations?.[
      'multi-cluster-config-exporter/stale-clusters'
    ]?.split(',');

  // All of them at once, on one exporter: each case also is the noise of all others.
  it.each(FAULTS)(
    'by $name ($reason) keeps its key, and is back soon after',
    async ({ name, reason, strike }) => {
      await expectPublished(name, `${name} 1`, IN_TIME_MS);
      const mend = await strike(rig.cluster(name));
      // What follows is asked for anew; a stream that is open would go on.
      rig.cluster(name).cutConnections();

      await eventually(async () =>
        expect(await exporter.cluster(name)).toMatchObject({ state: 'stale', reason, published: true }),
      );
      await eventually(async () => expect(await staleClusters()).toContain(name));
      expect((await exporter.cluster(name)).message).toBeTruthy();
      rig.cluster(name).editSecret('storage-config', { opensearch: `${name} 2` });
      await mend();

      await expectPublished(name, `${name} 2`, RECOVERY_MS);
      await eventually(async () =>
        expect(await exporter.cluster(name)).toMatchObject({ state: 'synced', reason: 'ok' }),
      );
      expect(rig.valuesOf(name)).toEqual([valueOf(`${name} 1`), valueOf(`${name} 2`)]);
    },
    40_000,
  );

  it('does not hold up a healthy one', async () => {
    for (let revision = 2; revision <= 6; revision++) {
      rig.cluster(HEALTHY).editSecret('storage-config', { opensearch: `${HEALTHY} ${revision}` });
      await expectPublished(HEALTHY, `${HEALTHY} ${revision}`, IN_TIME_MS);
    }

    expect(rig.valuesOf(HEALTHY)).toEqual(
      [1, 2, 3, 4, 5, 6].map((revision) => valueOf(`${HEALTHY} ${revision}`)),
    );
  }, 40_000);
});

/** Accepts connections on a port and says nothing, as a machine does that hangs below its API server. */
async function blackHole(port: number): Promise<{ close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
