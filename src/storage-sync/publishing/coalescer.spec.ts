import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Coalescer } from './coalescer.ts';

const URGENT = { urgent: true, othersFollow: false };
const LEISURELY = { urgent: false, othersFollow: false };

describe('Coalescer', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Milliseconds until it is time to write. Meanwhile something happens every so often. */
  async function gathered(
    coalescer: Coalescer,
    { every = Number.POSITIVE_INFINITY, do: act = () => {}, until = Number.POSITIVE_INFINITY } = {},
  ): Promise<number> {
    const startedAt = performance.now();
    const took: number[] = [];
    void coalescer.gather(new AbortController().signal).then(() => took.push(performance.now() - startedAt));
    for (let ms = 1; took.length === 0 && ms < 5_000; ms++) {
      await vi.advanceTimersByTimeAsync(1);
      if (ms % every === 0 && ms <= until) act();
    }
    return took[0] ?? Number.NaN;
  }

  it('waits 20 ms for others', async () => {
    const coalescer = new Coalescer();
    coalescer.note(URGENT);
    expect(await gathered(coalescer)).toBe(20);
  });

  it('takes those along that come close on each other', async () => {
    const coalescer = new Coalescer();
    coalescer.note(URGENT);
    expect(await gathered(coalescer, { every: 10, do: () => coalescer.note(URGENT), until: 30 })).toBe(60);
  });

  it('lets nobody wait longer than 100 ms, however many come', async () => {
    const coalescer = new Coalescer();
    coalescer.note(URGENT);
    expect(await gathered(coalescer, { every: 5, do: () => coalescer.note(URGENT) })).toBe(100);
  });

  it('waits for those that are known to follow', async () => {
    const coalescer = new Coalescer();
    coalescer.note({ urgent: true, othersFollow: true });
    expect(await gathered(coalescer)).toBe(100);
  });

  it.each([
    [10, 100],
    [60, 240],
    [5_000, 500],
  ])('after a write of %d ms it may wait for %d ms', async (writeMs, longestMs) => {
    const coalescer = new Coalescer();
    coalescer.wrote(writeMs);
    coalescer.note({ urgent: true, othersFollow: true });
    expect(await gathered(coalescer)).toBe(longestMs);
  });

  it('lets wait for a second what is not urgent', async () => {
    const coalescer = new Coalescer();
    coalescer.note(LEISURELY);
    expect(await gathered(coalescer)).toBe(1_000);
  });

  it('writes what is not urgent along with what is', async () => {
    const coalescer = new Coalescer();
    coalescer.note(LEISURELY);
    expect(await gathered(coalescer, { every: 310, do: () => coalescer.note(URGENT), until: 310 })).toBe(340);
  });

  it('lets what is not urgent hold up nothing', async () => {
    const coalescer = new Coalescer();
    coalescer.note(URGENT);
    expect(await gathered(coalescer, { every: 5, do: () => coalescer.note(LEISURELY) })).toBe(20);
  });

  it('ends at once with its signal', async () => {
    const coalescer = new Coalescer();
    coalescer.note(LEISURELY);
    const stop = new AbortController();
    const gathering = coalescer.gather(stop.signal);
    stop.abort();
    await expect(gathering).resolves.toBeUndefined();
  });
});
