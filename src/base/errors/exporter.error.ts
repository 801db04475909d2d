import type { ErrorCode } from './error-code.ts';
import type { Explanation } from './explanation.ts';

/** What may be shown with an error: names and numbers, never a credential or the content of a Secret. */
export type SafeDetails = Readonly<Record<string, string | number | boolean | undefined>>;

/** Exit code of a process that fails in a way that was not foreseen. */
export const EXIT_CODE_FAILURE = 1;
/** Exit code of a process whose configuration is wrong, so that a restart does not help: `EX_CONFIG` of sysexits.h. */
export const EXIT_CODE_CONFIGURATION = 78;

/** What an error consists of beside its message. */
export interface ErrorParts {
  /** A sentence: what to do about it. */
  remedy?: string | undefined;
  /** Shown beside the message in logs. */
  details?: SafeDetails;
  /** True: a retry cannot help, somebody has to do what the remedy says. False by default. */
  lasting?: boolean;
  cause?: unknown;
}

/**
 * The base of all errors of this service. The message is a sentence that names the object and what is wrong with it, the
 * remedy another one; both are safe to log, and so are `code` and `details`. `cause` is not: it may come from a library
 * that quotes its input, so its message is never printed.
 */
export abstract class ExporterError extends Error implements Explanation {
  /** Documented in docs/errors.md. */
  abstract readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly details: SafeDetails;
  readonly lasting: boolean;
  /** Of a process that this error ends. */
  readonly exitCode: number = EXIT_CODE_FAILURE;

  constructor(message: string, { remedy, details = {}, lasting = false, cause }: ErrorParts = {}) {
    super(message, { cause });
    this.name = new.target.name;
    this.remedy = remedy;
    this.details = details;
    this.lasting = lasting;
  }
}

/**
 * What may be shown of any thrown value. Only our own errors keep their message.
 *
 * @param otherwise what is said of all others
 */
export function explanationOf(thrown: unknown, otherwise: string): Explanation {
  if (!(thrown instanceof ExporterError)) return { message: otherwise };
  const { message, remedy } = thrown;
  return { message, ...(remedy !== undefined && { remedy }) };
}
