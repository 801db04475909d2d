import { setTimeout as delay } from 'node:timers/promises';

/**
 * Repeats a check until it does not throw, for what other processes do in their own time.
 *
 * @throws the last error of the check, once `timeoutMs` are over
 */
export async function eventually<Result>(
  check: () => Result | Promise<Result>,
  { timeoutMs = 10_000, everyMs = 50 } = {},
): Promise<Result> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(everyMs);
    }
  }
}
