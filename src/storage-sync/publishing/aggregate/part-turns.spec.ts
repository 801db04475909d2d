import { describe, expect, it } from 'vitest';
import { PartTurns } from './part-turns.ts';
import type { WritePlan } from './write-plan.ts';

const plan = (part: number): WritePlan => ({
  part,
  resourceVersion: '1',
  set: new Map(),
  remove: [],
  annotations: {},
  labels: {},
});
const parts = (...indices: number[]) => indices.map(plan);

describe('the turns of parts', () => {
  it('give the first part, which says what all hold, the last turn', () => {
    expect(new PartTurns().next(parts(0, 1), 0)?.part).toBe(1);
  });

  it('let no part starve beside one that changes all the time', () => {
    const turns = new PartTurns();
    const written = [1, 2, 3, 4].map((nowMs) => {
      const part = turns.next(parts(0, 1, 2), nowMs)?.part ?? -1;
      turns.tried(part, nowMs);
      return part;
    });

    expect(new Set(written.slice(0, 3))).toEqual(new Set([0, 1, 2]));
  });

  it('pass over a part that cannot be written, until it is worth another try', () => {
    const turns = new PartTurns();
    const error = new Error('refused');
    turns.failed(1, error, 100);

    expect(turns.next(parts(0, 1), 100)?.part).toBe(0);
    expect(turns.obstacle(parts(1), 100)).toMatchObject({ error });
    expect(turns.next(parts(1), 100 + (turns.obstacle(parts(1), 100)?.inMs ?? 0))?.part).toBe(1);
  });

  it('do not repeat what has no effect, and try what is new', () => {
    const turns = new PartTurns();
    turns.hadNoEffect(plan(1), new Error('not kept'));

    expect(turns.next(parts(1), 1e9)).toBeUndefined();
    expect(turns.next([{ ...plan(1), remove: ['a'] }], 0)?.part).toBe(1);
  });

  it('know of nothing in the way once a part was written', () => {
    const turns = new PartTurns();
    turns.failed(1, new Error('refused'), 100);

    turns.free(1);

    expect(turns.obstacle(parts(1), 100)).toBeUndefined();
    expect(turns.next(parts(1), 100)?.part).toBe(1);
  });
});
