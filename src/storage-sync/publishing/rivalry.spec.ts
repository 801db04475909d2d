import { describe, expect, it } from 'vitest';
import { Rivalry } from './rivalry.ts';

const SECOND_MS = 1_000;

/** Somebody undoes every write of ours, so long after it. @returns when we write, in seconds */
function duel(afterMs: number, untilMs: number): number[] {
  const rivalry = new Rivalry();
  const writes: number[] = [];
  for (let now = 0; now < untilMs; now = Math.max(now, rivalry.notBeforeMs)) {
    writes.push(now / SECOND_MS);
    now += afterMs;
    rivalry.noteUndone(now);
  }
  return writes;
}

describe('a rival', () => {
  it('is nobody who undoes a single write', () => {
    const rivalry = new Rivalry();
    rivalry.noteUndone(0);
    rivalry.noteUndone(11 * SECOND_MS);

    expect(rivalry.untilMs).toBeLessThan(0);
    expect(rivalry.notBeforeMs).toBe(11 * SECOND_MS);
  });

  it('is who undoes two within 10 s', () => {
    const rivalry = new Rivalry();
    rivalry.noteUndone(0);
    rivalry.noteUndone(9 * SECOND_MS);

    expect(rivalry.untilMs).toBe(69 * SECOND_MS);
    expect(rivalry.notBeforeMs).toBe(11 * SECOND_MS);
  });

  it('is written against less and less often, and never less than every 30 s', () => {
    expect(duel(0, 180 * SECOND_MS)).toEqual([0, 0, 2, 6, 14, 30, 60, 90, 120, 150]);
  });

  it('leads to no more than ten writes of both in 10 s, however fast it is', () => {
    expect(2 * duel(10, 10 * SECOND_MS).length).toBeLessThanOrEqual(10);
  });

  it('is gone after a quiet minute, and then we are quick again', () => {
    const rivalry = new Rivalry();
    for (const atMs of [0, 0, 2, 6, 14]) rivalry.noteUndone(atMs * SECOND_MS);

    rivalry.noteUndone(74 * SECOND_MS);

    expect(rivalry.notBeforeMs).toBe(74 * SECOND_MS);
    expect(rivalry.untilMs).toBeLessThan(0);
  });
});
