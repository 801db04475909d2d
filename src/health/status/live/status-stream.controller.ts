import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Req, Res, ServiceUnavailableException } from '@nestjs/common';
import { StatusFeed } from './status-feed.ts';

/** Clients reconnect after this time. Milliseconds. */
const RETRY_MS = 1_000;
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  // Without it nginx buffers the response.
  'X-Accel-Buffering': 'no',
};
const TOO_MANY = 'Too many clients follow the status; poll /api/v1/status instead.';

/**
 * `GET /api/v1/status/stream`: the status as server-sent events, each a `StatusUpdate`, with a `beat` event every ten seconds. A client
 * resumes with the header `Last-Event-ID`, or the query parameter `last-event-id`.
 */
@Controller('api/v1/status/stream')
export class StatusStreamController {
  constructor(private readonly feed: StatusFeed) {}

  @Get()
  stream(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    if (request.method === 'HEAD') {
      response.writeHead(200, HEADERS).end();
      return;
    }
    const header = request.headers['last-event-id'];
    const query = new URL(request.url ?? '', 'http://localhost').searchParams.get('last-event-id');
    let begun = false;
    const begin = () => {
      begun = true;
      response.writeHead(200, HEADERS);
      response.write(`retry: ${RETRY_MS}\n\n`);
    };
    const close = this.feed.open(
      {
        write: (chunk) => {
          if (!begun) begin();
          response.write(chunk);
        },
        get backlog() {
          return response.writableLength;
        },
        end: () => response.destroy(),
      },
      typeof header === 'string' ? header : (query ?? undefined),
    );
    if (!close) {
      response.setHeader('Retry-After', '10');
      throw new ServiceUnavailableException(TOO_MANY);
    }
    response.on('close', close);
  }
}
