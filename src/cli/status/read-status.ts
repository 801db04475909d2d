import { CommandFailedError } from '../command-failed.error.ts';
import type { StatusDocument } from './status-document.ts';
import type { StatusSource } from './status-source.ts';

const TIMEOUT_MS = 10_000;

/**
 * One reading.
 *
 * @param limits.timeoutMs at most that of every reading
 * @param limits.signal ends it sooner
 * @throws CommandFailedError
 */
export async function readStatus(
  source: StatusSource,
  { timeoutMs = TIMEOUT_MS, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<StatusDocument> {
  const timeout = AbortSignal.timeout(Math.ceil(Math.min(timeoutMs, TIMEOUT_MS)));
  return await source(signal ? AbortSignal.any([signal, timeout]) : timeout);
}

/** Whether what kept a reading from its answer may pass by itself: nobody leads yet, a connection is refused. */
export function mayPass(error: unknown): error is CommandFailedError {
  return error instanceof CommandFailedError && !error.lasting;
}
