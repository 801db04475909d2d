import type { Dispatcher } from 'undici';
import { ExporterError } from '../../base/errors/exporter.error.ts';
import type { ApiServerTarget, TlsOptions } from './api-server-target.ts';
import { Connections } from './connections.ts';
import { failureOfResponse, toKubeRequestError } from '../failures/failure-classifier.ts';
import { exchange, type HttpAnswer, isSuccess } from './http-exchange.ts';
import { KubeRequestError } from '../failures/kube-request.error.ts';
import { untilAborted } from '../../base/time/until-aborted.ts';

/** One request to the API server. */
export interface KubeRequest {
  method: 'GET' | 'PATCH' | 'POST' | 'DELETE';
  /** Path below the server's base address. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** What the answer should be; JSON of the whole object by default. */
  accept?: string;
  contentType?: string;
  body?: string;
  /** Ends the request, body included. Every request needs one: nothing here waits forever. */
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
const USER_AGENT = 'multi-cluster-config-exporter';

/**
 * Talks to one API server over its own kept connections, and to nothing else: redirects are not followed. The client of
 * `@kubernetes/client-node` is not used for this because it opens a connection for every request, reads bodies without
 * a bound, and loses Secret keys named like properties of an object (docs/adr/0002-own-requests.md).
 *
 * Every failure is a {@link KubeRequestError}, but for a refused {@link KubeRequest.permit}.
 */
export class KubeClient {
  private connections: Connections | undefined;
  private closed = false;

  constructor(private readonly target: ApiServerTarget) {}

  /** Sends the request and parses the JSON of its answer. */
  async json(request: KubeRequest): Promise<unknown> {
    try {
      const { signal, permit } = request;
      const options = await this.requestOptions(request);
      const { status, headers, body } = await this.sendTwice(request, (connections) =>
        exchange(connections.forRequest(), options, { signal, permit, maxBytes: MAX_BODY_BYTES }),
      );
      if (isSuccess(status)) return parseJson(body);
      throw this.failureOf(status, headers, body);
    } catch (error) {
      throw error instanceof ExporterError ? error : toKubeRequestError(error);
    }
  }

  /** Sends the request and hands out the body as it arrives. The caller reads it to its end or destroys it. */
  async stream(request: KubeRequest): Promise<AsyncIterable<Buffer>> {
    try {
      const { signal } = request;
      const options = { ...(await this.requestOptions(request)), signal };
      const response = await this.sendTwice(request, async (connections) => {
        const lease = connections.forStream();
        try {
          // undici looks at a request's signal only once it has a connection.
          const opened = await untilAborted(signal, lease.dispatcher.request(options));
          lease.opened(opened.body);
          return opened;
        } catch (error) {
          lease.failed();
          throw error;
        }
      });
      const { statusCode, headers, body } = response;
      if (!isSuccess(statusCode))
        throw this.failureOf(statusCode, headers, await readBounded(body, MAX_BODY_BYTES).catch(() => ''));
      return body;
    } catch (error) {
      throw toKubeRequestError(error);
    }
  }

  /** Closes every connection at once. Requests under way fail. Can be called again. */
  async close(): Promise<void> {
    this.closed = true;
    await this.connections?.destroy();
  }

  /**
   * A server may close an idle connection at the very moment in which we use it. As Go's client does, one read that
   * lost its connection before any answer is sent again, on a new one.
   */
  private async sendTwice<Answer>(
    { method, signal }: KubeRequest,
    send: (connections: Connections) => Promise<Answer>,
  ): Promise<Answer> {
    const { connections } = this;
    if (!connections || this.closed)
      throw new KubeRequestError({ reason: 'connect', networkCode: 'CLIENT_CLOSED' });
    try {
      return await send(connections);
    } catch (error) {
      const lostConnection = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(
        (error as { code?: string }).code ?? '',
      );
      if (method !== 'GET' || !lostConnection || signal.aborted || this.closed) throw error;
      return await send(connections);
    }
  }

  private async requestOptions(request: KubeRequest): Promise<Dispatcher.RequestOptions> {
    const credentials = this.target.credentials(request.signal);
    const { tls, headers } = credentials instanceof Promise ? await credentials : credentials;
    this.useTls(tls);
    return {
      method: request.method,
      origin: this.target.server.origin,
      path: this.target.server.pathname.replace(/\/$/, '') + request.path,
      query: request.query ?? {},
      headers: {
        ...headers,
        accept: request.accept ?? 'application/json',
        'user-agent': USER_AGENT,
        ...(request.contentType !== undefined && { 'content-type': request.contentType }),
      },
      body: request.body ?? null,
    };
  }

  private failureOf(status: number, headers: HttpAnswer['headers'], body: string): KubeRequestError {
    if (status === 401) this.target.refused?.();
    return failureOf(status, headers, body);
  }

  private useTls(tls: TlsOptions): void {
    if (this.closed || tls === this.connections?.tls) return;
    // Requests under way end on the connections that they began on.
    void this.connections?.close();
    this.connections = new Connections(this.target, tls);
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

function failureOf(status: number, headers: HttpAnswer['headers'], body: string): KubeRequestError {
  const retryAfter = headers['retry-after'];
  return failureOfResponse({
    status,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    body: parseOrNothing(body),
  });
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The parser's own message quotes what it read, so it goes no further than `cause`. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubeRequestError({ reason: 'server_error', cause });
  }
}
