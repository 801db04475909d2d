import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import { buildConnector, Client, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ApiServerTarget, TlsOptions } from './api-server-target.ts';

/**
 * Longer than the usual interval between passes, so that a pass finds the connection of the pass before; and shorter than the 90 s after which a
 * kube-apiserver closes what is idle, so that it does not do so at the very moment in which we use it. Milliseconds.
 */
const KEEP_ALIVE_MS = 85_000;

/** What a stream is opened with. */
export interface StreamLease {
  readonly dispatcher: Dispatcher;
  /** Called with its body, whose end is that of the lease. */
  opened(body: Readable): void;
  /** Called when it did not open. */
  failed(): void;
}

/** The kept connections to one API server, all with the same TLS options. */
export class Connections {
  private readonly requests: Dispatcher;
  private readonly streams: Dispatcher;
  /** For requests while a stream has their connection. */
  private beside: Dispatcher | undefined;
  /** For streams while another one has it. */
  private further: Dispatcher | undefined;
  /** Whether a stream has the connection of requests, or is about to. */
  private streaming = false;

  constructor(
    private readonly target: ApiServerTarget,
    readonly tls: TlsOptions,
  ) {
    this.requests = createDispatcher(target, tls, target.connections);
    this.streams = target.streamsTakeConnection ? this.requests : createDispatcher(target, tls, null);
  }

  forRequest(): Dispatcher {
    if (this.streams !== this.requests || !this.streaming) return this.requests;
    this.beside ??= createDispatcher(this.target, this.tls, 1);
    return this.beside;
  }

  /** For a stream. The first has the connection of requests, if that is how it is; further ones get others, and wait for none. */
  forStream(): StreamLease {
    if (this.streams !== this.requests) return freeLease(this.streams);
    if (this.streaming) {
      this.further ??= createDispatcher(this.target, this.tls, null);
      return freeLease(this.further);
    }
    this.streaming = true;
    const ended = () => {
      this.streaming = false;
    };
    return {
      dispatcher: this.streams.compose(dropRawHeaders),
      opened: (body) => body.once('close', ended),
      failed: ended,
    };
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
    const dispatchers = [this.requests, this.streams, this.beside, this.further];
    return [...new Set(dispatchers)].filter((dispatcher) => dispatcher !== undefined);
  }
}

/** Of a dispatcher that has a connection for every stream. */
function freeLease(dispatcher: Dispatcher): StreamLease {
  return {
    dispatcher: dispatcher.compose(dropRawHeaders),
    opened: () => undefined,
    failed: () => undefined,
  };
}

/**
 * The library keeps the raw headers of a response, and with them the chunk of memory in which they arrived, until the body ends. A watch's body
 * lasts for minutes, so that would be 6 KiB per cluster.
 */
const dropRawHeaders: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const onResponseStart = handler.onResponseStart?.bind(handler);
  handler.onResponseStart = (controller, ...response) => {
    onResponseStart?.(controller, ...response);
    controller.rawHeaders = null;
  };
  return dispatch(options, handler);
};

function createDispatcher(
  { server, proxy, connectTimeoutMs, secureContexts, lookup }: ApiServerTarget,
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
  const { servername, ...parts } = tls;
  const connecting = {
    ...parts,
    // Node would go by NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    ...(servername !== undefined && identity(servername)),
    ...(secureContexts && { secureContext: secureContexts.of(tls) }),
    ...(lookup && { lookup }),
    timeout: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  if (proxy) {
    return new ProxyAgent({
      uri: proxy.href,
      proxyTls: { rejectUnauthorized: true, ...(lookup && { lookup }), timeout: connectTimeoutMs },
      requestTls: connecting,
      connections,
      ...limits,
      // The tunnel is asked for by a request of the library's own, which has no signal.
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
    });
  }
  const connect = connector(connecting, servername, limits.allowH2);
  // A pool of one connection is the same, but for 16 KiB of queue.
  if (connections === 1) return new Client(server.origin, { connect, ...limits });
  return new Pool(server.origin, { connect, connections, ...limits });
}

/** Whom the certificate must be for. An IP address is none that may be asked for by SNI (RFC 6066, 3). */
function identity(servername: string): Pick<ConnectionOptions, 'servername' | 'checkServerIdentity'> {
  if (isIP(servername) === 0) return { servername };
  return { checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate) };
}

/** Dials. Where the certificate is to be for an IP address, no name is asked for, be the server dialled by one or not. */
function connector(
  options: buildConnector.BuildOptions,
  servername: string | undefined,
  allowH2: boolean,
): buildConnector.connector {
  const connect = buildConnector({ ...options, allowH2 });
  if (servername === undefined || isIP(servername) === 0) return connect;
  // The library takes the name for SNI from the host, and none from an address.
  const host = isIP(servername) === 6 ? `[${servername}]` : servername;
  return (target, callback) => connect({ ...target, host }, callback);
}
