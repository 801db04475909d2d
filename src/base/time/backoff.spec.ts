import { describe, expect, it } from 'vitest';
import { Backoff, HUB_BACKOFF } from './backoff.ts';

describe('Backoff', () => {
  it('grows from its initial delay to its maximum, with full jitter', () => {
    const series = Array.from({ length: 2_000 }, () => {
      const backoff = new Backoff({ initialMs: 500, maxMs: 9_000 });
      return Array.from({ length: 7 }, () => backoff.next());
    });

    const bounds = [500, 1_000, 2_000, 4_000, 8_000, 9_000, 9_000];
    for (const [index, bound] of bounds.entries()) {
      const delays = series.map((tries) => tries[index] ?? 0);
      expect(Math.max(...delays)).toBeLessThanOrEqual(bound);
      expect(Math.max(...delays)).toBeGreaterThan(bound * 0.9);
      expect(Math.min(...delays)).toBeLessThan(bound * 0.1);
    }
  });

  it('starts over after a success', () => {
    const backoff = new Backoff(HUB_BACKOFF);
    for (let count = 0; count < 10; count++) backoff.next();

    backoff.reset();

    expect(backoff.next()).toBeLessThanOrEqual(HUB_BACKOFF.initialMs);
  });

  it('keeps a maximum below its initial delay', () => {
    const backoff = new Backoff({ initialMs: 500, maxMs: 100 });

    expect(Math.max(...Array.from({ length: 50 }, () => backoff.next()))).toBeLessThanOrEqual(100);
  });
});
