import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { explain } from '../../base/errors/explanation.ts';
import { ExporterError } from '../../base/errors/exporter.error.ts';
import { FILE_TYPES } from '../../status-page/page-files.ts';
import { ASSET_HEADERS, FILE_HEADERS, PAGE_HEADERS } from '../../status-page/page-headers.ts';
import type { Hub } from '../hub.ts';
import { exporterPod, httpPort, type Pod } from '../status/exporter-pod.ts';

/** Between two looks at who leads. Milliseconds. */
const LOOK_MS = 2_000;
/** For a request other than the stream. Milliseconds. */
const TIMEOUT_MS = 10_000;
const STREAM = '/api/v1/status/stream';
const JSON_HEADERS = { ...FILE_HEADERS, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };

/**
 * Relays the requests of the status page, and no others, through the API server's proxy to the leader's pod. When another pod becomes
 * the leader, the streams end, and the pages reconnect to that one.
 */
export class LeaderRelay {
  /** Undefined: it has to be looked for. */
  private leader: Pod | undefined;
  private announced: string | undefined;
  private readonly streams = new Set<AbortController>();
  private readonly ending = new AbortController();

  /** @param note prints who leads */
  constructor(
    private readonly hub: Hub,
    private readonly note: (line: string) => void,
  ) {}

  /** @throws CommandFailedError when there is no leader, or we may not look */
  async findLeader(signal: AbortSignal): Promise<Pod> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const pod = await exporterPod(this.hub, limit);
    this.leader = pod;
    const { name } = pod.metadata;
    if (name === this.announced) return pod;
    this.announced = name;
    this.note(`The pod ${this.hub.namespace}/${name} leads.`);
    this.cutStreams();
    return pod;
  }

  /** Keeps track of the leader until the signal aborts. Never rejects. */
  async followLeader(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
      if (this.streams.size > 0 && !signal.aborted) await this.findLeader(signal).catch(() => undefined);
    }
  }

  /** Ends all requests. */
  end(): void {
    this.ending.abort();
    this.cutStreams();
  }

  /** Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '', 'http://localhost');
      const headers = headersOf(url.pathname);
      if (!isOurs(request)) refuse(response, 403, 'This address serves 127.0.0.1 and localhost only.');
      else if (request.method !== 'GET' || !headers)
        refuse(response, 404, 'The status page has no such address.');
      else await this.relay(request, response, url, headers);
    } catch (error) {
      // Another pod may lead by now.
      this.leader = undefined;
      const said = error instanceof ExporterError ? explain(error) : 'The connection was lost.';
      if (response.headersSent) response.destroy();
      else refuse(response, 502, said);
    }
  }

  private async relay(
    request: IncomingMessage,
    response: ServerResponse,
    { pathname, searchParams }: URL,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const isStream = pathname === STREAM;
    const cut = new AbortController();
    if (isStream) this.streams.add(cut);
    response.once('close', () => cut.abort());
    try {
      const { signal: ending } = this.ending;
      const signal = AbortSignal.any(
        isStream ? [cut.signal, ending] : [cut.signal, ending, AbortSignal.timeout(TIMEOUT_MS)],
      );
      const pod = this.leader ?? (await this.findLeader(signal));
      const seen = request.headers['last-event-id'] ?? searchParams.get('last-event-id');
      const body = await this.hub.client.stream({
        method: 'GET',
        path: `${proxyPath(this.hub.namespace, pod)}${pathname}`,
        query: typeof seen === 'string' ? { 'last-event-id': seen } : {},
        accept: '*/*',
        signal,
      });
      response.writeHead(200, headers);
      await pipeline(Readable.from(body), response, { signal });
    } finally {
      this.streams.delete(cut);
    }
  }

  private cutStreams(): void {
    for (const stream of this.streams) stream.abort();
  }
}

/** The headers of a response; undefined: the status page has no such path. */
function headersOf(path: string): Readonly<Record<string, string>> | undefined {
  if (path === '/') return { ...PAGE_HEADERS, 'Content-Type': FILE_TYPES['.html'] ?? '' };
  if (path === STREAM) return { ...JSON_HEADERS, 'Content-Type': 'text/event-stream' };
  if (path === '/api/v1/status' || path === '/api/v1/timeline') return JSON_HEADERS;
  const type = FILE_TYPES[extname(path)];
  return type !== undefined && /^\/assets\/[\w.-]+$/.test(path)
    ? { ...ASSET_HEADERS, 'Content-Type': type }
    : undefined;
}

/** Protects against DNS rebinding: another site could resolve its name to this machine. */
function isOurs({ headers, socket }: IncomingMessage): boolean {
  return [`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`].includes(headers.host ?? '');
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...FILE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

function proxyPath(namespace: string, pod: Pod): string {
  const { name } = pod.metadata;
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}:${httpPort(pod)}/proxy`;
}
