import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ExporterError } from '../errors/exporter.error.ts';
import { ExtensionFailedError } from './extension-failed.error.ts';

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
/** For a call to end once its signal has aborted. Milliseconds. */
const ENDING_MS = 500;

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

  /**
   * For a call that answers at once. A promise that it gives anyway is waited for by nobody, and a fault if it rejects.
   *
   * @returns what the call gives; undefined: it threw
   */
  call<Result>(extension: string, call: string, run: () => Result): { result: Result } | undefined {
    try {
      const result = run();
      if (result instanceof Promise)
        void result.then(
          () => this.went(extension, call),
          (error: unknown) => this.failed(extension, call, 'failed', error),
        );
      else this.went(extension, call);
      return { result };
    } catch (error) {
      this.failed(extension, call, 'failed', error);
      return undefined;
    }
  }

  /**
   * For a call that answers later.
   *
   * @param limit milliseconds; or the signal that ends the call, after which it has {@link ENDING_MS}
   * @returns what the call gives; undefined: it threw or rejected, or there was no answer in time
   */
  async answer<Result>(
    extension: string,
    call: string,
    run: () => Promise<Result>,
    limit: number | AbortSignal = CALL_LIMIT_MS,
  ): Promise<{ result: Result } | undefined> {
    const answered = new AbortController();
    try {
      const late = overdue(limit, answered.signal);
      const outcome = await Promise.race([Promise.try(run).then((result) => ({ result })), late]);
      if (typeof outcome === 'string') {
        this.failed(extension, call, outcome);
        return undefined;
      }
      this.went(extension, call);
      return outcome;
    } catch (error) {
      this.failed(extension, call, 'failed', error);
      return undefined;
    } finally {
      answered.abort();
    }
  }

  /**
   * As {@link answer}, for a call that may fail without being at fault: by one of our errors, such as a refusal of an API server.
   *
   * @throws what the call throws, if it is one of ours
   * @throws ExtensionFailedError when it is at fault
   */
  async attempt<Result>(
    extension: string,
    call: string,
    run: () => Promise<Result>,
    limit?: number | AbortSignal,
  ): Promise<Result> {
    const attempted = async () => {
      try {
        return { result: await run() };
      } catch (error) {
        if (error instanceof ExporterError) return { error };
        throw error;
      }
    };
    const answer = await this.answer(extension, call, attempted, limit);
    if (!answer) throw new ExtensionFailedError(extension, call);
    if ('error' in answer.result) throw answer.result.error;
    return answer.result.result;
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

/** Resolves with how a call failed that has not answered by then; never, once it has answered. */
function overdue(limit: number | AbortSignal, answered: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = (limitMs: number, how: string) => {
      timer = setTimeout(() => resolve(how), limitMs);
    };
    const onAbort = () => wait(ENDING_MS, 'has not ended in time');
    if (typeof limit === 'number') wait(limit, `has not answered for ${limit / 1_000} s`);
    else if (limit.aborted) onAbort();
    else limit.addEventListener('abort', onAbort, { once: true, signal: answered });
    answered.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
