import { ExporterError, type SafeDetails } from './exporter.error.ts';

/** An error as logs may show it. */
export interface DescribedError {
  name: string;
  code?: string;
  message?: string;
  details?: SafeDetails;
  /** Where it was thrown, without the message that V8 puts on top. */
  frames?: string[];
}

/**
 * Reduces any thrown value to what is safe to print. Only our own errors keep their message: that of a library
 * may quote its input (a token in a header, a line of YAML, the body of a response).
 */
export function describeError(thrown: unknown): DescribedError {
  if (thrown instanceof ExporterError) {
    return { name: thrown.name, code: thrown.code, message: thrown.message, details: thrown.details };
  }
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  return { name: thrown.name, ...(code !== undefined && { code }), frames: framesOf(thrown) };
}

function framesOf(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}
