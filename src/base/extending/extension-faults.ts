import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';

/** What an extension did wrong when it was last called. */
export interface ExtensionFault {
  readonly extension: string;
  /** What was called: a method of a port, such as `Output.objects`. */
  readonly call: string;
  /** How it failed, as the end of a sentence. */
  readonly how: string;
  readonly since: Date;
}

/** For a call that answers later. Milliseconds. */
const CALL_LIMIT_MS = 10_000;

/**
 * Calls extensions, and takes note of those that throw, reject or hang: the core continues without their result. A fault ends
 * with the next call of the same kind that goes well.
 */
@Injectable()
export class ExtensionFaults {
  private readonly faults = new Map<string, ExtensionFault>();

  constructor(@InjectPinoLogger(ExtensionFaults.name) private readonly logger: PinoLogger) {}

  /** Those that last. */
  get current(): readonly ExtensionFault[] {
    return [...this.faults.values()];
  }

  /** @returns what the call gives; undefined: it threw */
  call<Result>(extension: string, call: string, run: () => Result): { result: Result } | undefined {
    try {
      const result = run();
      this.went(extension, call);
      return { result };
    } catch (error) {
      this.failed(extension, call, 'failed', error);
      return undefined;
    }
  }

  /** @returns what the call gives; undefined: it threw or rejected, or there was no answer in time */
  async answer<Result>(
    extension: string,
    call: string,
    run: () => Promise<Result>,
    limitMs = CALL_LIMIT_MS,
  ): Promise<{ result: Result } | undefined> {
    const ended = new AbortController();
    try {
      const limit = delay(limitMs, 'late' as const, { signal: ended.signal });
      limit.catch(() => undefined);
      const outcome = await Promise.race([run().then((result) => ({ result })), limit]);
      if (outcome === 'late') {
        this.failed(extension, call, `has not answered for ${limitMs / 1_000} s`);
        return undefined;
      }
      this.went(extension, call);
      return outcome;
    } catch (error) {
      this.failed(extension, call, 'failed', error);
      return undefined;
    } finally {
      ended.abort();
    }
  }

  private went(extension: string, call: string): void {
    if (!this.faults.delete(keyOf(extension, call))) return;
    this.logger.info({ extension, call }, 'extension works again');
  }

  private failed(extension: string, call: string, how: string, err?: unknown): void {
    const key = keyOf(extension, call);
    const known = this.faults.get(key);
    this.faults.set(key, { extension, call, how, since: known?.since ?? new Date() });
    const log = { extension, call, how, ...(err !== undefined && { err }) };
    if (known) this.logger.debug(log, 'extension still fails');
    else this.logger.error(log, 'extension failed');
  }
}

function keyOf(extension: string, call: string): string {
  return `${extension} ${call}`;
}
