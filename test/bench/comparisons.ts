import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { Pool } from 'undici';
import { type Endpoint, FARM_SERVER_NAME } from './farm-protocol.ts';

/** How often the predecessor reads. Milliseconds. */
export const PREDECESSOR_INTERVAL_MS = 30_000;

const PATH = '/api/v1/namespaces/default/secrets/storage-config';

const BARE_PROCESS = fileURLToPath(new URL('bare-process.ts', import.meta.url));

/** The lower bound of a first pass: a process that was just started. Resolves with the milliseconds that reading took. */
export async function readFromCold(endpoints: readonly Endpoint[], concurrency: number): Promise<number> {
  const child = fork(BARE_PROCESS);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('message', (took: number) => resolve(took));
      child.once('exit', () => reject(new Error('the bare reader has ended')));
      child.send({ endpoints, concurrency });
    });
  } finally {
    child.kill('SIGKILL');
  }
}

/**
 * What the exporter is held against: programs that do nothing but GET every source on kept connections, and throw the answer
 * away.
 */
export class BareReader {
  private readonly pools: { pool: Pool; token: string }[];

  constructor(endpoints: readonly Endpoint[]) {
    this.pools = endpoints.map(({ server, ca, token }) => ({
      pool: new Pool(server, {
        connections: 1,
        allowH2: false,
        pipelining: 1,
        keepAliveTimeout: 600_000,
        connect: { ca, servername: FARM_SERVER_NAME },
      }),
      token,
    }));
  }

  /** The lower bound: as many at once as the exporter. Resolves with the milliseconds that it took. */
  async readConcurrently(concurrency: number): Promise<number> {
    const slots = new PQueue({ concurrency });
    const startedAt = performance.now();
    await Promise.all(this.pools.map((target) => slots.add(() => this.get(target))));
    return performance.now() - startedAt;
  }

  /** The predecessor's way: one after the other. */
  async readSerially(): Promise<number> {
    const startedAt = performance.now();
    for (const target of this.pools) await this.get(target);
    return performance.now() - startedAt;
  }

  async close(): Promise<void> {
    await Promise.all(this.pools.map(({ pool }) => pool.destroy()));
  }

  private async get({ pool, token }: { pool: Pool; token: string }): Promise<void> {
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path: PATH,
      headers: { authorization: `Bearer ${token}` },
    });
    await body.text();
    if (statusCode !== 200) throw new Error(`a source answers ${statusCode}`);
  }
}
