import type { Readable } from 'node:stream';
import { Client, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ApiServerTarget, TlsOptions } from './api-server-target.ts';

/** Longer than the longest interval between passes, so that a pass finds the connection of the pass before. */
const KEEP_ALIVE_MS = 2 * 60 * 60 * 1000;

/** The kept connections to one API server, all with the same TLS options. */
export class Connections {
  private readonly requests: Dispatcher;
  private readonly streams: Dispatcher;
  /** For requests while a stream has their connection. */
  private beside: Dispatcher | undefined;
  private openStreams = 0;

  constructor(
    private readonly target: ApiServerTarget,
    readonly tls: TlsOptions,
  ) {
    this.requests = createDispatcher(target, tls, target.connections);
    this.streams = target.streamsTakeConnection ? this.requests : createDispatcher(target, tls, null);
  }

  forRequest(): Dispatcher {
    if (this.streams !== this.requests || this.openStreams === 0) return this.requests;
    this.beside ??= createDispatcher(this.target, this.tls, 1);
    return this.beside;
  }

  forStream(): Dispatcher {
    return this.streams;
  }

  /** Takes note of a stream for as long as its body lasts. */
  opened(body: Readable): void {
    this.openStreams++;
    body.once('close', () => this.openStreams--);
  }

  /** Lets what is under way end, and takes no more. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((dispatcher) => dispatcher.close()));
  }

  /** Ends what is under way. */
  async destroy(): Promise<void> {
    await Promise.all(this.all.map((dispatcher) => dispatcher.destroy()));
  }

  private get all(): Dispatcher[] {
    const dispatchers = [this.requests, this.streams, this.beside];
    return [...new Set(dispatchers)].filter((dispatcher) => dispatcher !== undefined);
  }
}

function createDispatcher(
  { server, proxy, connectTimeoutMs, secureContexts }: ApiServerTarget,
  tls: TlsOptions,
  connections: number | null,
): Dispatcher {
  const limits = {
    // One stream per connection: a request that is given up takes its connection along, so a connection that
    // died in silence is never used twice. HTTP/2 would keep it.
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // The signal of each request bounds it as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connect = {
    ...tls,
    ...(secureContexts && { secureContext: secureContexts.of(tls) }),
    timeout: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  if (proxy) {
    return new ProxyAgent({
      uri: proxy.href,
      requestTls: connect,
      connections,
      ...limits,
      // The tunnel is asked for by a request of the library's own, which has no signal.
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
    });
  }
  // A pool of one connection is the same, but for 16 KiB of queue.
  if (connections === 1) return new Client(server.origin, { connect, ...limits });
  return new Pool(server.origin, { connect, connections, ...limits });
}
