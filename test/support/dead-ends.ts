import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.ts';
import { eventually } from './eventually.ts';

/** An address behind which nobody answers. */
export interface DeadEnd {
  readonly port: number;
  readonly close: () => Promise<void>;
}

const LISTEN =
  "const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));";

/** Dials hang: the kernel takes no more connections, since the program that listens is stopped. */
export async function deadForDials(): Promise<DeadEnd> {
  const child = new Child(process.execPath, ['--eval', LISTEN]);
  await eventually(() => {
    if (!/^\d+\n/.test(child.output)) throw new Error('it does not listen yet');
  });
  child.process.kill('SIGSTOP');
  const port = Number(child.output);
  const filling = Array.from({ length: 5 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await delay(100);
  return {
    port,
    close: async () => {
      for (const socket of filling) socket.destroy();
      await child.stop('SIGKILL');
    },
  };
}

/** Handshakes hang: connections are accepted, and that is all. */
export async function deadForHandshakes(): Promise<DeadEnd & { readonly reached: Promise<void> }> {
  const sockets = new Set<Socket>();
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    resolve();
    sockets.add(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
