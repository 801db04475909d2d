import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { attributesOf, bytes, fields, text } from './protobuf.ts';

/** A span as it came over the wire. Ids are hex. */
export interface ReceivedSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** Empty: a root. */
  parentSpanId: string;
  attributes: Record<string, unknown>;
  /** Ids of the spans that it has links to. */
  links: string[];
  failed: boolean;
  resource: Record<string, unknown>;
}

/** A collector for OTLP over HTTP in protobuf, on loopback. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Everything that was sent to it, headers aside. */
  readonly bodies: Buffer[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  private readonly server: Server;

  /** @param status what it answers, if ever */
  private constructor(status: number | 'never') {
    this.server = createServer((request, response) => void this.take(request, response, status));
  }

  static async start(status: number | 'never' = 200): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(status);
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** As `OTEL_EXPORTER_OTLP_ENDPOINT` wants it. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Those of a name, in the order in which they ended. */
  named(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(
    request: IncomingMessage,
    response: ServerResponse,
    status: number | 'never',
  ): Promise<void> {
    const body = await buffer(request);
    this.bodies.push(body);
    this.headers.push(request.headers);
    if (status === 'never') return;
    if (status === 200) this.spans.push(...spansOf(body));
    response.writeHead(status).end(status === 200 ? '' : 'canary of a body');
  }
}

/** Of an ExportTraceServiceRequest (opentelemetry-proto, `trace_service.proto` and `trace.proto`, which have the numbers). */
function spansOf(request: Buffer): ReceivedSpan[] {
  return bytes(fields(request), 1).flatMap((resourceSpans) => {
    const parts = fields(resourceSpans);
    const resource = attributesOf(bytes(parts, 1).flatMap((message) => bytes(fields(message), 1)));
    const scopes = bytes(parts, 2).map((scopeSpans) => fields(scopeSpans));
    return scopes.flatMap((scope) => bytes(scope, 2).map((span) => spanOf(span, resource)));
  });
}

function spanOf(message: Buffer, resource: Record<string, unknown>): ReceivedSpan {
  const parts = fields(message);
  const hex = (number: number) => bytes(parts, number)[0]?.toString('hex') ?? '';
  const status = fields(bytes(parts, 15)[0] ?? Buffer.alloc(0));
  return {
    name: text(parts, 5),
    traceId: hex(1),
    spanId: hex(2),
    parentSpanId: hex(4),
    attributes: attributesOf(bytes(parts, 9)),
    links: bytes(parts, 13).map((link) => bytes(fields(link), 2)[0]?.toString('hex') ?? ''),
    failed: status.some(({ number, value }) => number === 3 && value === 2n),
    resource,
  };
}
