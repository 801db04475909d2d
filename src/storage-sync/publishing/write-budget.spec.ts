import { describe, expect, it } from 'vitest';
import { WriteBudget } from './write-budget.ts';

const LARGE = 1_024 * 1_024;
const STEP_MS = 10;

/** Writes of either kind whenever they may be, for so many seconds, the aggregate first. */
function written(seconds: number, { bytes, objects = true }: { bytes?: number; objects?: boolean }) {
  const budget = new WriteBudget();
  const aggregate: number[] = [];
  const ofOutputs: number[] = [];
  for (let now = 0; now < seconds * 1_000; now += STEP_MS) {
    if (bytes !== undefined && budget.readyAtMs(bytes) <= now) {
      budget.spend(bytes, now);
      aggregate.push(now);
    }
    if (objects && budget.objectReadyAtMs() <= now) {
      budget.spendOnObject(now);
      ofOutputs.push(now);
    }
  }
  return { aggregate, ofOutputs, budget };
}

describe('the budget of writes', () => {
  it.each([1, LARGE])('holds for aggregate (%i bytes) and objects together', (bytes) => {
    const { aggregate, ofOutputs } = written(100, { bytes });

    const costMs = bytes === LARGE ? 1_000 : 100;
    expect(aggregate.length * costMs + ofOutputs.length * 100).toBeLessThanOrEqual(100_000 + 2_000 + 100);
  });

  it('lets objects through ten times a second while the aggregate is quiet', () => {
    expect(written(100, {}).ofOutputs.length).toBeGreaterThan(1_000);
  });

  it('has enough for the aggregate at any time, however many objects wait', () => {
    const { budget } = written(60, {});

    expect(budget.readyAtMs(LARGE)).toBeLessThanOrEqual(60_000);
  });

  it('lets one object a second through where an aggregate never rests, and holds that up by no more than this costs', () => {
    const { aggregate, ofOutputs } = written(100, { bytes: LARGE });

    expect(ofOutputs.length).toBeGreaterThanOrEqual(90);
    const gaps = aggregate.slice(3).map((time, index) => time - (aggregate[index + 2] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_000 + 2 * 100 + STEP_MS);
  });
});
