import { failureOfResponse, toKubeRequestError } from '../failures/failure-classifier.ts';
import type { ObjectSnapshot } from '../objects/object-kind.ts';
import { WatchBrokenError } from './watch-broken.error.ts';

/** One event of a watch (Kubernetes API Concepts, "Efficient detection of changes"), and its size on the wire. */
export type WatchEvent<Snapshot> = { bytes: number } & (
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: Snapshot }
  | { type: 'BOOKMARK'; resourceVersion: string }
);

/** An object is at most 4 MiB of JSON; a line beyond that is no event. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Reads the events of a watch, one JSON object a line. Ends when the server ends the stream in good order.
 *
 * @throws KubeRequestError for an ERROR event, with the status that it carries, and for a lost connection
 * @throws WatchBrokenError for anything that is not an event: continuing would miss a change
 */
export async function* readWatchEvents<Snapshot extends ObjectSnapshot>(
  stream: AsyncIterable<Buffer>,
  parse: (object: unknown) => Snapshot,
): AsyncGenerator<WatchEvent<Snapshot>, void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  try {
    for await (const chunk of stream) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        const line = Buffer.concat([...rest, chunk.subarray(start, end)]);
        rest = [];
        restBytes = 0;
        start = end + 1;
        if (line.length > 0) yield parseEvent(line, parse);
      }
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
      if (restBytes > MAX_LINE_BYTES) throw new WatchBrokenError('sent a line that is too long');
    }
  } catch (error) {
    throw error instanceof WatchBrokenError ? error : toKubeRequestError(error);
  }
  if (restBytes > 0) throw new WatchBrokenError('ended in the middle of a line');
}

function parseEvent<Snapshot extends ObjectSnapshot>(
  line: Buffer,
  parse: (object: unknown) => Snapshot,
): WatchEvent<Snapshot> {
  const { type, object } = parseLine(line.toString('utf8'));
  const bytes = line.length;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: parse(object), bytes };
    case 'BOOKMARK':
      return { type, resourceVersion: bookmarkVersion(object), bytes };
    case 'ERROR':
      throw failureOfResponse({ status: statusCode(object), retryAfter: undefined, body: object });
    default:
      throw new WatchBrokenError('sent an event of a type that does not exist');
  }
}

function parseLine(line: string): { type?: unknown; object?: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null) return event;
  } catch (cause) {
    throw new WatchBrokenError('sent a line that is not JSON', { cause });
  }
  throw new WatchBrokenError('sent a line that is not an event');
}

function bookmarkVersion(object: unknown): string {
  const version = (object as { metadata?: { resourceVersion?: unknown } } | undefined)?.metadata
    ?.resourceVersion;
  if (typeof version !== 'string') throw new WatchBrokenError('sent a bookmark without a version');
  return version;
}

function statusCode(object: unknown): number {
  const code = (object as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : 500;
}
