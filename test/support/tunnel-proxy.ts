import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import type { Duplex } from 'node:stream';

/** An HTTP proxy on loopback. */
export interface TunnelProxy {
  url: URL;
  /** It opens tunnels as long as it answers; else it is silent. */
  state: { answers: boolean; tunnels: number };
  close(): Promise<void>;
}

export async function startTunnelProxy(): Promise<TunnelProxy> {
  const state = { answers: true, tunnels: 0 };
  const proxy = createServer();
  const sockets = new Set<Duplex>();
  proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
    sockets.add(socket.on('error', () => undefined));
    if (!state.answers) return;
    state.tunnels++;
    const { hostname, port } = new URL(`tcp://${request.url}`);
    const upstream = createConnection(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    sockets.add(upstream.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  };
  return { state, url: new URL(`http://127.0.0.1:${port}`), close };
}
