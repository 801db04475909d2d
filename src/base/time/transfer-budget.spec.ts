import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransferBudget } from './transfer-budget.ts';

const KIB = 1024;

/** When transfers leave that are always wanted at once, from 0 on. */
function transfers(bytes: number, untilMs: number): number[] {
  const budget = new TransferBudget();
  const times: number[] = [];
  for (let now = 0; now <= untilMs; now = Math.max(now, budget.readyAtMs(bytes))) {
    budget.spend(bytes, now);
    times.push(now);
  }
  return times;
}

describe('TransferBudget', () => {
  it.each([
    [1, 20],
    [51 * KIB, 20],
    [512 * KIB, 2],
    [1024 * KIB, 2],
  ])('lets transfers of %i bytes pass at once: %i of them', (bytes, count) => {
    expect(transfers(bytes, 0)).toHaveLength(count);
  });

  it.each([
    [1, 10],
    [51.2 * KIB, 10],
    [128 * KIB, 4],
    [512 * KIB, 1],
    [1024 * KIB, 1],
  ])('lets transfers of %i bytes pass %i times a second over a long time', (bytes, perSecond) => {
    const seconds = 100;

    const times = transfers(bytes, seconds * 1_000);

    expect(times.length / seconds).toBeGreaterThanOrEqual(perSecond);
    expect(times.length / seconds).toBeLessThan(perSecond * 1.03);
  });

  it('has all of it again after two quiet seconds', () => {
    const budget = new TransferBudget();
    for (let count = 0; count < 20; count++) budget.spend(1, 0);
    expect(budget.readyAtMs(1)).toBe(100);

    expect(budget.readyAtMs(1_000 * KIB)).toBe(1_000);
    budget.spend(1_000 * KIB, 2_000);
    budget.spend(1_000 * KIB, 2_000);

    expect(budget.readyAtMs(1_000 * KIB)).toBe(3_000);
  });

  it('never lets more pass than the sizes allow, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_500 * KIB }), { minLength: 50 }), (sizes) => {
        const budget = new TransferBudget();
        let now = 0;
        for (const bytes of sizes) {
          now = Math.max(now, budget.readyAtMs(bytes));
          budget.spend(bytes, now);
        }
        const total = sizes.reduce((sum, bytes) => sum + Math.min(bytes, 512 * KIB), 0);

        expect(total).toBeLessThanOrEqual(((now + 2_000) / 1_000) * 512 * KIB + 1);
        expect(sizes.length).toBeLessThanOrEqual((now + 2_000) / 100 + 1);
      }),
    );
  });
});
