import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What can go wrong with an answer. */
export type Fault =
  /** The answer comes late. */
  | { kind: 'delay'; ms: number }
  /** The request is accepted and never answered. */
  | { kind: 'hang' }
  /** The connection is closed without an answer. */
  | { kind: 'drop' }
  /** What was asked for is done; then the connection is closed without an answer. */
  | { kind: 'drop-answer' }
  /** What was asked for is done, and never answered. */
  | { kind: 'hang-answer' }
  /** What was asked for is done at once, and answered late. */
  | { kind: 'late-answer'; ms: number }
  /** Another status, with any body. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  /** Status 200 and this text. */
  | { kind: 'body'; body: string }
  /** Status 200, the first bytes of a body, then a reset. */
  | { kind: 'reset' }
  /** Status 200 and a body without an end. */
  | { kind: 'endless' }
  /** Status 200 and a body that comes one byte at a time. */
  | { kind: 'drip'; everyMs: number };

/** A request, as far as a fault can choose by it. */
export interface FaultyRequest {
  method: string;
  path: string;
  watch: boolean;
}

interface Injected {
  fault: Fault;
  when: (request: FaultyRequest) => boolean;
  times: number;
}

/** The faults that an API server has at the moment. The newest that fits a request counts. */
export class Faults {
  private readonly injected: Injected[] = [];

  /**
   * @param options.when chooses requests; all by default
   * @param options.times after which it is gone by itself
   * @returns a function that ends the fault
   */
  inject(
    fault: Fault,
    { when = () => true, times = Number.POSITIVE_INFINITY }: Partial<Omit<Injected, 'fault'>> = {},
  ): () => void {
    const injected = { fault, when, times };
    this.injected.unshift(injected);
    return () => this.remove(injected);
  }

  clear(): void {
    this.injected.length = 0;
  }

  /** Takes the fault that fits, and counts it. */
  take(request: FaultyRequest): Fault | undefined {
    const injected = this.injected.find(({ when }) => when(request));
    if (injected && --injected.times <= 0) this.remove(injected);
    return injected?.fault;
  }

  private remove(injected: Injected): void {
    const index = this.injected.indexOf(injected);
    if (index >= 0) this.injected.splice(index, 1);
  }
}

/**
 * Plays a fault.
 *
 * @returns whether the request is still to be answered
 */
export async function play(fault: Fault, response: ServerResponse): Promise<boolean> {
  const json = { 'content-type': 'application/json' };
  switch (fault.kind) {
    case 'delay':
      await delay(fault.ms, undefined, { ref: false });
      return !response.destroyed;
    case 'hang':
      return false;
    case 'drop':
      response.destroy();
      return false;
    case 'late-answer': {
      const end = response.end.bind(response) as (body: string) => void;
      response.end = ((body: string) => {
        setTimeout(() => end(body), fault.ms);
        return response;
      }) as typeof response.end;
      return true;
    }
    case 'hang-answer':
      response.end = () => response;
      return true;
    case 'drop-answer':
      response.end = () => response.destroy();
      return true;
    case 'status':
      response.writeHead(fault.status, { ...json, ...fault.headers }).end(fault.body ?? '');
      return false;
    case 'body':
      response.writeHead(200, json).end(fault.body);
      return false;
    case 'reset':
      response.writeHead(200, json).write('{"kind":"Secret","data":{"', () => response.destroy());
      return false;
    case 'endless':
      response.writeHead(200, json);
      pour(response);
      return false;
    case 'drip': {
      response.writeHead(200, json);
      const timer = setInterval(() => response.write(' '), fault.everyMs).unref();
      response.on('close', () => clearInterval(timer));
      return false;
    }
  }
}

const CHUNK = Buffer.alloc(64 * 1024, ' ');

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(CHUNK));
  if (!response.destroyed) response.once('drain', () => pour(response));
}
