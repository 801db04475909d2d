import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server on loopback that can be cut for those who take it, while others still reach the server. */
export class TcpRelay {
  /** The server's address, by way of the relay. */
  readonly url: string;
  private readonly server: Server;
  private readonly sockets: Set<Socket>;
  private state: { cut: boolean };

  private constructor(url: string, server: Server, sockets: Set<Socket>, state: { cut: boolean }) {
    this.url = url;
    this.server = server;
    this.sockets = sockets;
    this.state = state;
  }

  static async to(url: string): Promise<TcpRelay> {
    const target = new URL(url);
    const sockets = new Set<Socket>();
    const state = { cut: false };
    const keep = (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    };
    const server = createServer((near) => {
      keep(near);
      if (state.cut) return;
      const far = connect(Number(target.port), target.hostname);
      keep(far);
      near.pipe(far).pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new TcpRelay(`${target.protocol}//127.0.0.1:${port}`, server, sockets, state);
  }

  /** Nothing passes any more and nobody is told, as behind a firewall that drops everything. */
  cut(): void {
    this.state.cut = true;
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  /** New connections pass again; those of before are gone, with all that was under way on them. */
  restore(): void {
    this.state.cut = false;
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.restore();
    this.server.close();
    await once(this.server, 'close');
  }
}
