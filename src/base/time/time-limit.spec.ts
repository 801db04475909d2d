import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withTimeLimit } from './time-limit.ts';

/** Takes for ever, unless its signal fires. */
async function hang(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}

describe('withTimeLimit', () => {
  it('hands out what the task gives', async () => {
    expect(await withTimeLimit(1_000, new AbortController().signal, async () => 'result')).toBe('result');
  });

  it('ends a task that takes too long, with the error of AbortSignal.timeout', async () => {
    await expect(withTimeLimit(5, new AbortController().signal, hang)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('ends the task with the outer signal, and its reason', async () => {
    const outer = new AbortController();
    const task = withTimeLimit(60_000, outer.signal, hang);
    const reason = new Error('stopping');
    outer.abort(reason);
    await expect(task).rejects.toBe(reason);
  });

  it('ends the task at once when the outer signal has fired before', async () => {
    const outer = AbortSignal.abort(new Error('stopped'));
    let seen: boolean | undefined;
    await withTimeLimit(60_000, outer, async (signal) => {
      seen = signal.aborted;
    });
    expect(seen).toBe(true);
  });

  it('leaves no listener on the outer signal, whether the task succeeds or fails', async () => {
    const outer = new AbortController();
    await withTimeLimit(60_000, outer.signal, async () => undefined);
    await expect(
      withTimeLimit(60_000, outer.signal, async () => Promise.reject(new Error('failed'))),
    ).rejects.toThrow('failed');
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });
});
