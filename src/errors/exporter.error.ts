import type { ErrorCode } from './error-code.ts';

/** What may be shown with an error: names and numbers, never a credential or the content of a Secret. */
export type SafeDetails = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * The base of all errors of this service. The message is a sentence that names the object, what was expected
 * and the remedy; it is safe to log, and so are `code` and `details`. `cause` is not: it may come from a library
 * that quotes its input, so its message is never printed.
 */
export abstract class ExporterError extends Error {
  /** Stable, documented in docs/errors.md. */
  abstract readonly code: ErrorCode;
  /** Shown beside the message in logs. */
  readonly details: SafeDetails;

  constructor(message: string, options: { details?: SafeDetails; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.details = options.details ?? {};
  }
}
