import { WebSocket } from 'undici';
import type { ExporterProcess } from './exporter-process.ts';

/** To be set for a process that is probed: opens its inspector on loopback, on any free port. */
export const PROBED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** What is left in memory after a collection. MiB. */
export interface HeapReading {
  heapMiB: number;
  /** Memory outside of the heap that objects in it hold. */
  externalMiB: number;
}

/**
 * Collects garbage in another process and reads what is left, by the inspector's protocol (Chrome DevTools Protocol,
 * HeapProfiler and Runtime). What V8 merely has not collected yet does not count.
 */
export async function readHeap(exporter: ExporterProcess): Promise<HeapReading> {
  const url = /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(exporter.output)?.[0];
  if (url === undefined) throw new Error('the process was not started with PROBED');
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  try {
    // Native handles are freed between two collections.
    for (let count = 0; count < 3; count++) await call(socket, 'HeapProfiler.collectGarbage');
    const expression = 'JSON.stringify(process.memoryUsage())';
    const { result } = (await call(socket, 'Runtime.evaluate', { expression })) as {
      result: { value: string };
    };
    const { heapUsed, external } = JSON.parse(result.value) as { heapUsed: number; external: number };
    return { heapMiB: heapUsed / 2 ** 20, externalMiB: external / 2 ** 20 };
  } finally {
    socket.close();
  }
}

let calls = 0;

async function call(socket: WebSocket, method: string, params: object = {}): Promise<unknown> {
  const id = ++calls;
  const answer = new Promise<unknown>((resolve) => {
    const listen = ({ data }: { data: unknown }) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (message.id !== id) return;
      socket.removeEventListener('message', listen);
      resolve(message.result);
    };
    socket.addEventListener('message', listen);
  });
  socket.send(JSON.stringify({ id, method, params }));
  return await answer;
}
