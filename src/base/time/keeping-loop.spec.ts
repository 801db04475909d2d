import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeepingLoop, type LoopTask } from './keeping-loop.ts';

const NEVER = Number.POSITIVE_INFINITY;

describe('KeepingLoop', () => {
  let loop: KeepingLoop;
  /** When attempts began, from the start of the test. Milliseconds. */
  let attempts: number[];
  let task: { takesMs: number; fails: boolean; againInMs: number; notBeforeMs: number };
  let startedAt: number;

  beforeEach(() => {
    vi.useFakeTimers();
    startedAt = performance.now();
    attempts = [];
    task = { takesMs: 0, fails: false, againInMs: NEVER, notBeforeMs: 0 };
    let retries = 0;
    const loopTask: LoopTask = {
      attempt: async () => {
        attempts.push(Math.round(performance.now() - startedAt));
        if (task.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, task.takesMs));
        if (task.fails) throw new Error('failed');
        return task.againInMs;
      },
      notBeforeMs: () => startedAt + task.notBeforeMs,
      retries: { next: () => 1_000 * ++retries, reset: () => void (retries = 0) },
    };
    loop = new KeepingLoop(loopTask);
    loop.start();
  });

  afterEach(async () => {
    await loop.stop();
    vi.useRealTimers();
  });

  const pass = async (ms: number) => await vi.advanceTimersByTimeAsync(ms);

  it('does nothing unless it is asked', async () => {
    await pass(60_000);

    expect(attempts).toEqual([]);
    expect(loop.busy).toBe(false);
  });

  it('begins at once, and does what is asked for meanwhile in one more attempt', async () => {
    task.takesMs = 100;
    loop.ask();
    await pass(10);
    loop.ask();
    loop.ask();
    expect(loop.busy).toBe(true);
    await pass(1_000);

    expect(attempts).toEqual([0, expect.closeTo(100, -1)]);
    expect(loop.busy).toBe(false);
  });

  it('does what is asked for in one turn of the event loop together', async () => {
    loop.ask();
    loop.ask();
    await pass(10);

    expect(attempts).toEqual([0]);
  });

  it('lets what is not urgent wait for what is', async () => {
    loop.ask(1_000);
    await pass(300);
    loop.ask();
    await pass(5_000);

    expect(attempts).toEqual([300]);
  });

  it('does what is not urgent in time, whatever is asked for later', async () => {
    loop.ask(1_000);
    loop.ask(60_000);
    await pass(59_000);

    expect(attempts).toEqual([1_000]);
  });

  it('begins no sooner than the pace allows, with what is newest then', async () => {
    task.notBeforeMs = 700;
    loop.ask();
    await pass(500);
    loop.ask();
    await pass(500);

    expect(attempts).toEqual([700]);
  });

  it('looks at the pace again when it is time', async () => {
    task.notBeforeMs = 700;
    loop.ask();
    await pass(600);
    task.notBeforeMs = 2_000;
    await pass(3_000);

    expect(attempts).toEqual([2_000]);
  });

  it('tries again after a failure, with a backoff that a request does not shorten', async () => {
    task.fails = true;
    loop.ask();
    await pass(500);
    loop.ask();
    await pass(2_600);
    task.fails = false;
    await pass(10_000);

    expect(attempts).toEqual([0, 1_000, 3_000, 6_000]);
  });

  it('tries again at once when it is woken', async () => {
    task.fails = true;
    loop.ask();
    await pass(500);
    task.fails = false;
    loop.wake();
    await pass(5_000);

    expect(attempts).toEqual([0, 500]);
  });

  it('comes back by itself when an attempt asks for it, and not before', async () => {
    task.againInMs = 5_000;
    loop.ask();
    await pass(4_900);
    task.againInMs = NEVER;
    expect(loop.busy).toBe(true);
    await pass(60_000);

    expect(attempts).toEqual([0, 5_000]);
  });

  it('waits for longer than a timer can', async () => {
    task.againInMs = 2 ** 31 + 1_000_000;
    loop.ask();
    await pass(2 ** 31 + 999_000);
    expect(attempts).toEqual([0]);
    await pass(2_000);

    expect(attempts).toHaveLength(2);
  });

  it('ends when the attempt under way has ended, and begins no other', async () => {
    task.takesMs = 100;
    loop.ask();
    await pass(10);
    loop.ask();
    const stopped = vi.fn<() => void>();
    void loop.stop().then(stopped);
    await pass(50);
    expect(stopped).not.toHaveBeenCalled();
    await pass(1_000);
    loop.ask();
    await pass(1_000);

    expect(stopped).toHaveBeenCalled();
    expect(attempts).toEqual([0]);
  });

  it('can be started again', async () => {
    await loop.stop();
    loop.start();
    loop.ask();
    await pass(10);

    expect(attempts).toHaveLength(1);
  });
});
