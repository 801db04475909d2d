import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that the kernel gives to connections and to servers that ask for any (ip_local_port_range, 32768 on Linux). */
const [LOWEST, ABOVE] = [12_000, 32_000];

/**
 * A port on loopback for programs that cannot choose one themselves. It is free, and stays free although other tests run: none is likely
 * to draw the same one, and no connection gets one of this range.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, ABOVE);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
