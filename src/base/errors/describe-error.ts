import { ExporterError, type SafeDetails } from './exporter.error.ts';

/** An error as logs may show it. */
export interface DescribedError {
  name: string;
  code?: string;
  message?: string;
  remedy?: string;
  details?: SafeDetails;
  /** Where it was thrown, without the message that V8 puts on top. */
  frames?: string[];
  cause?: DescribedError;
}

/** Deep enough for a cause of a cause of a library's own. */
const MAX_DEPTH = 4;

/**
 * Reduces any thrown value to what is safe to print. Only our own errors keep their message: that of a library
 * may quote its input (a token in a header, a line of YAML, the body of a response).
 */
export function describeError(thrown: unknown, depth = 0): DescribedError {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const cause =
    thrown.cause instanceof Error && depth < MAX_DEPTH ? describeError(thrown.cause, depth + 1) : undefined;
  if (thrown instanceof ExporterError) {
    const { name, code, message, remedy, details } = thrown;
    return { name, code, message, ...(remedy !== undefined && { remedy }), details, ...(cause && { cause }) };
  }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  return {
    name: thrown.name,
    ...(code !== undefined && { code }),
    frames: framesOf(thrown),
    ...(cause && { cause }),
  };
}

function framesOf(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}
