/**
 * Runs a task with a signal that fires after a time, or with another signal. As `AbortSignal.any` with
 * `AbortSignal.timeout`, but when the task ends nothing of it stays: thousands of reads a minute would leave as many timers.
 *
 * @param limitMs milliseconds
 */
export async function withTimeLimit<Result>(
  limitMs: number,
  outer: AbortSignal,
  task: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const forward = () => limit.abort(outer.reason);
  const timer = setTimeout(() => limit.abort(new DOMException('took too long', 'TimeoutError')), limitMs);
  if (outer.aborted) forward();
  outer.addEventListener('abort', forward, { once: true });
  try {
    return await task(limit.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', forward);
  }
}
