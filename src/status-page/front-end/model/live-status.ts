import { updateOf } from './fleet.ts';
import type { Status, Update } from './wire.ts';

const STREAM = './api/v1/status/stream';
const STATUS = './api/v1/status';
/** Longest silence of a connection that works: the exporter sends `beat` every ten seconds. Milliseconds. */
const SILENCE_MS = 25_000;
/** Between attempts after the stream was refused. Milliseconds. */
const RETRY_MS = { initial: 1_000, most: 10_000 };

/** `polled`: the stream is refused, and the status is fetched every few seconds. */
export type Connection = 'connecting' | 'live' | 'polled' | 'lost';

/** Follows the exporter's status, and reconnects whenever the connection is lost. */
export class LiveStatus {
  private source: EventSource | undefined;
  private lastEventId = '';
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private retryMs = RETRY_MS.initial;
  private stopped = false;

  /**
   * @param listener.update receives every update; returns false when it needs a full one first
   * @param listener.heard is called at every sign of life, with the exporter's clock if it is known
   * @param listener.connection receives every change of the connection
   */
  constructor(
    private readonly listener: {
      update(update: Update): boolean;
      heard(clock?: string): void;
      connection(connection: Connection): void;
    },
  ) {}

  start(): void {
    this.stopped = false;
    this.open();
  }

  stop(): void {
    this.stopped = true;
    this.close();
  }

  /** Starts over at once. */
  reconnect(): void {
    this.close();
    this.open();
  }

  private open(): void {
    const query = this.lastEventId === '' ? '' : `?last-event-id=${encodeURIComponent(this.lastEventId)}`;
    const source = new EventSource(`${STREAM}${query}`);
    this.source = source;
    this.expectNews();
    source.addEventListener('open', () => {
      this.retryMs = RETRY_MS.initial;
      this.heard();
    });
    source.addEventListener('beat', ({ data }: MessageEvent<string>) =>
      this.heard(JSON.parse(data) as string),
    );
    source.addEventListener('message', ({ data, lastEventId }: MessageEvent<string>) => {
      this.lastEventId = lastEventId;
      if (this.listener.update(JSON.parse(data) as Update)) this.heard();
      else this.restart();
    });
    source.addEventListener('error', () => {
      // The browser reconnects by itself, unless it got an error status.
      if (source.readyState === EventSource.CLOSED) void this.refused();
      else this.listener.connection('lost');
    });
  }

  private heard(clock?: string): void {
    this.listener.heard(clock);
    this.listener.connection('live');
    this.expectNews();
  }

  private expectNews(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.listener.connection('lost');
      this.reconnect();
    }, SILENCE_MS);
  }

  /** An update does not continue what is known. */
  private restart(): void {
    this.lastEventId = '';
    this.reconnect();
  }

  private async refused(): Promise<void> {
    this.close();
    const polled = await this.poll();
    if (this.stopped) return;
    this.listener.connection(polled ? 'polled' : 'lost');
    this.retry = setTimeout(() => this.open(), this.retryMs * (0.5 + Math.random() / 2));
    this.retryMs = Math.min(RETRY_MS.most, this.retryMs * 2);
  }

  private async poll(): Promise<boolean> {
    try {
      const response = await fetch(STATUS, { signal: AbortSignal.timeout(SILENCE_MS) });
      if (!response.ok) return false;
      this.lastEventId = '';
      this.listener.update(updateOf((await response.json()) as Status));
      this.listener.heard(response.headers.get('date') ?? undefined);
      return true;
    } catch {
      return false;
    }
  }

  private close(): void {
    clearTimeout(this.watchdog);
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
  }
}
