import type { DiagLogger } from '@opentelemetry/api';
import type { PinoLogger } from 'nestjs-pino';

/** A collector that is away for hours is worth a line now and then. Milliseconds. */
const QUIET_MS = 10 * 60_000;

/**
 * Tells in the log that traces are not exported as they should be, one line in ten minutes at most. What the SDK says of it
 * is dropped: it may quote headers, addresses and bodies.
 */
export class ExportTrouble {
  private quietUntilMs = 0;

  constructor(private readonly logger: PinoLogger) {}

  /** For the SDK to log to. */
  get diagLogger(): DiagLogger {
    const note = () => this.note();
    const drop = () => undefined;
    return { error: note, warn: note, info: drop, debug: drop, verbose: drop };
  }

  /** @param error only its kind and, for an answer of the collector, the HTTP status are shown */
  note(error?: unknown): void {
    if (performance.now() < this.quietUntilMs) return;
    this.quietUntilMs = performance.now() + QUIET_MS;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const fields = typeof code === 'number' ? { status: code } : error !== undefined && { err: error };
    this.logger.warn({ ...fields }, 'traces are not exported, or not all of them');
  }
}
