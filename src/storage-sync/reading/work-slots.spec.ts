import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Lane, WorkSlots } from './work-slots.ts';

const NEVER = new AbortController().signal;

describe('work slots', () => {
  let begun: string[];
  let slots: WorkSlots;

  beforeEach(() => {
    vi.useFakeTimers();
    begun = [];
    slots = new WorkSlots(4);
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Work that ends when told to. */
  const work = (name: string, lane: Lane = 'usual', signal = NEVER) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = slots.run(lane, signal, () => {
      begun.push(name);
      return promise;
    });
    return { end: () => resolve(name), result };
  };
  const hang = (count: number, lane: Lane = 'usual') =>
    Array.from({ length: count }, (_, index) => work(`${lane} ${index}`, lane));

  it('are as many as they are, while work is done', async () => {
    const works = hang(6);
    await vi.advanceTimersByTimeAsync(900);
    expect(begun).toHaveLength(4);

    works[0]?.end();
    await vi.advanceTimersByTimeAsync(0);

    expect(begun).toHaveLength(5);
    expect(await works[0]?.result).toBe('usual 0');
  });

  it('are free again after a second, whatever their work waits for', async () => {
    hang(20);

    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun).toHaveLength(8);
    await vi.advanceTimersByTimeAsync(3_000);

    expect(begun).toHaveLength(20);
  });

  it('give what was waited for to the one that wanted it, however late', async () => {
    const slow = work('slow');
    await vi.advanceTimersByTimeAsync(60_000);

    slow.end();

    expect(await slow.result).toBe('slow');
  });

  it('go to what is new first, and last to what failed before', async () => {
    hang(4);
    work('retry', 'retry');
    work('usual');
    work('fresh', 'fresh');

    await vi.advanceTimersByTimeAsync(1_000);

    expect(begun.slice(4)).toEqual(['fresh', 'usual', 'retry']);
  });

  it('are at most half for what failed before, so that the others never wait for those', async () => {
    hang(20, 'retry');
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(2);

    hang(2);
    await vi.advanceTimersByTimeAsync(0);

    expect(begun.slice(2)).toEqual(['usual 0', 'usual 1']);
  });

  it('are not given to what nobody wants any more', async () => {
    hang(4);
    const leaving = new AbortController();
    const { result } = work('gone', 'usual', leaving.signal);

    leaving.abort();
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await result).toBeUndefined();
    expect(begun).not.toContain('gone');
  });

  it('pass a failure on, and go on', async () => {
    const failing = slots.run('usual', NEVER, () => Promise.reject(new Error('failed')));

    await expect(failing).rejects.toThrow('failed');
    hang(4);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(4);
  });
});
