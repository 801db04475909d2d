import { DecoratorHandler, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { ExporterError } from '../errors/exporter.error.ts';
import { failureOfResponse, toKubeRequestError } from './failure-classifier.ts';
import { KubeRequestError } from './kube-request.error.ts';
import type { SecureContextParts, SecureContexts } from './secure-contexts.ts';

/** What a TLS connection to an API server needs. All PEM. */
export interface TlsOptions extends SecureContextParts {
  servername?: string;
  rejectUnauthorized?: boolean;
}

/** How to reach one API server, and as whom. */
export interface ApiServerTarget {
  /** Base address, with a path where the API server sits behind one. */
  readonly server: URL;
  readonly proxy?: URL;
  /** How many requests may be under way at once, each on a connection of its own; more wait. Streams do not count. */
  readonly connections: number;
  /**
   * Whether a stream takes the connection on which requests came before, so that who only watches has a single one. What
   * is asked for meanwhile gets another.
   */
  readonly streamsTakeConnection: boolean;
  /** Shared with other clients, where many have the same authority. */
  readonly secureContexts?: SecureContexts;
  /** For TCP and TLS together. A dial that hangs keeps the next one waiting for so long. Milliseconds. */
  readonly connectTimeoutMs: number;
  /**
   * Called before every request. Returning the same `tls` object again keeps the connections; another one (the
   * certificates were renewed) makes new ones.
   */
  credentials(): Promise<{ tls: TlsOptions; headers: Readonly<Record<string, string>> }>;
}

/** One request to the API server. */
export interface KubeRequest {
  method: 'GET' | 'PATCH';
  /** Path below the server's base address. */
  path: string;
  query?: Readonly<Record<string, string>>;
  contentType?: string;
  body?: string;
  /** Ends the request, body included. Every request needs one: nothing here waits for ever. */
  signal: AbortSignal;
  /**
   * Asked at the very moment in which the request leaves on a connection. When it throws, nothing is sent; what it throws
   * is one of our own errors, and the request fails with that.
   */
  permit?: () => void;
}

/**
 * The longest body that is read. A Secret holds 1 MiB, its base64 text 1.4 MB; the rest is for annotations and
 * managed fields. What is longer ends the request with `too_large`.
 */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Longer than the longest interval between passes, so that a pass finds the connection of the pass before. */
const KEEP_ALIVE_MS = 2 * 60 * 60 * 1000;
const USER_AGENT = 'multi-cluster-config-exporter';

/**
 * Talks to one API server over its own kept connections, and to nothing else: redirects are not followed. The client of
 * `@kubernetes/client-node` is not used for this because it opens a connection for every request, reads bodies without
 * a bound, and loses Secret keys named like properties of an object (docs/adr/0002-own-requests.md).
 *
 * Every failure is a {@link KubeRequestError}, but for a refused {@link KubeRequest.permit}.
 */
export class KubeClient {
  private current: Dispatchers | undefined;
  private openStreams = 0;
  private closed = false;

  constructor(private readonly target: ApiServerTarget) {}

  /** Sends the request and parses the JSON of its answer. */
  async json(request: KubeRequest): Promise<unknown> {
    try {
      const response = await this.send(request, 'request');
      return parseJson(await readBounded(response.body, MAX_BODY_BYTES));
    } catch (error) {
      throw error instanceof ExporterError ? error : toKubeRequestError(error);
    }
  }

  /** Sends the request and hands out the body as it arrives. The caller reads it to its end or destroys it. */
  async stream(request: KubeRequest): Promise<AsyncIterable<Buffer>> {
    try {
      const { body } = await this.send(request, 'stream');
      this.openStreams++;
      body.once('close', () => this.openStreams--);
      return body;
    } catch (error) {
      throw toKubeRequestError(error);
    }
  }

  /** Closes every connection at once. Requests under way fail. Can be called again. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(all(this.current).map((dispatcher) => dispatcher.destroy()));
  }

  private async send(request: KubeRequest, use: 'request' | 'stream'): Promise<Dispatcher.ResponseData> {
    // Credentials may come from a program of the operator's, which may hang.
    const options = await untilAborted(request.signal, this.requestOptions(request));
    const response = await this.dispatch(options, request, use);
    if (response.statusCode >= 200 && response.statusCode < 300) return response;

    const retryAfter = response.headers['retry-after'];
    throw failureOfResponse({
      status: response.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      body: await readBounded(response.body, MAX_BODY_BYTES)
        .then(parseJson)
        .catch(() => undefined),
    });
  }

  /**
   * A server may close an idle connection at the very moment in which we use it. As Go's client does, one read that
   * lost its connection before any answer is sent again, on a new one.
   */
  private async dispatch(
    options: Dispatcher.RequestOptions,
    { method, signal, permit }: KubeRequest,
    use: 'request' | 'stream',
  ): Promise<Dispatcher.ResponseData> {
    const open = this.dispatcherFor(use);
    if (!open || this.closed) throw new KubeRequestError({ reason: 'connect', networkCode: 'CLIENT_CLOSED' });
    const dispatcher = permit ? open.compose(withPermit(permit)) : open;
    try {
      return await untilAborted(signal, dispatcher.request(options));
    } catch (error) {
      const lostConnection = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(
        (error as { code?: string }).code ?? '',
      );
      if (method !== 'GET' || !lostConnection || signal.aborted || this.closed) throw error;
      return await untilAborted(signal, dispatcher.request(options));
    }
  }

  private async requestOptions(request: KubeRequest): Promise<Dispatcher.RequestOptions> {
    const { tls, headers } = await this.target.credentials();
    this.useTls(tls);
    return {
      method: request.method,
      origin: this.target.server.origin,
      path: this.target.server.pathname.replace(/\/$/, '') + request.path,
      query: request.query ?? {},
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': USER_AGENT,
        ...(request.contentType !== undefined && { 'content-type': request.contentType }),
      },
      body: request.body ?? null,
      signal: request.signal,
    };
  }

  private useTls(tls: TlsOptions): void {
    if (this.closed || tls === this.current?.tls) return;
    // Requests under way end on the connections that they began on.
    for (const dispatcher of all(this.current)) void dispatcher.close();
    const requests = createDispatcher(this.target, tls, this.target.connections);
    const streams = this.target.streamsTakeConnection ? requests : createDispatcher(this.target, tls, null);
    this.current = { tls, requests, streams, beside: undefined };
  }

  private dispatcherFor(use: 'request' | 'stream'): Dispatcher | undefined {
    const { current } = this;
    if (!current) return undefined;
    if (use === 'stream') return current.streams;
    if (current.streams !== current.requests || this.openStreams === 0) return current.requests;
    current.beside ??= createDispatcher(this.target, current.tls, 1);
    return current.beside;
  }
}

interface Dispatchers {
  readonly tls: TlsOptions;
  readonly requests: Dispatcher;
  readonly streams: Dispatcher;
  /** For requests while a stream has their connection. */
  beside: Dispatcher | undefined;
}

function all(dispatchers: Dispatchers | undefined): Dispatcher[] {
  const { requests, streams, beside } = dispatchers ?? {};
  return [...new Set([requests, streams, beside])].filter((dispatcher) => dispatcher !== undefined);
}

/** Gives up in time, whatever is pending: undici looks at a request's signal only once it has a connection. */
async function untilAborted<Result>(signal: AbortSignal, pending: Promise<Result>): Promise<Result> {
  // Whoever has given up does not care how it ends.
  pending.catch(() => undefined);
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function createDispatcher(
  { server, proxy, connectTimeoutMs, secureContexts }: ApiServerTarget,
  tls: TlsOptions,
  connections: number | null,
): Dispatcher {
  const limits = {
    connections,
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
  if (!proxy) return new Pool(server.origin, { connect, ...limits });
  return new ProxyAgent({
    uri: proxy.href,
    requestTls: connect,
    ...limits,
    // The tunnel is asked for by a request of the library's own, which has no signal.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
  });
}

/** A request may have waited for its connection; so this asks when it has one, and nothing comes in between. */
function withPermit(permit: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, new PermitHandler(handler, permit));
}

/** The library's types leave out the methods of its own class. */
const Handler = DecoratorHandler as new (
  handler: Dispatcher.DispatchHandler,
) => { onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void };

class PermitHandler extends Handler {
  constructor(
    handler: Dispatcher.DispatchHandler,
    private readonly permit: () => void,
  ) {
    super(handler);
  }

  override onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.permit();
    super.onRequestStart(controller, context);
  }
}

async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early destroys the body and with it the connection.
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new KubeRequestError({ reason: 'too_large' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

/** The parser's own message quotes what it read, so it goes no further than `cause`. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubeRequestError({ reason: 'server_error', cause });
  }
}
