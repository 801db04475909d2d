import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedList, listedItems } from './bounded-list.ts';

describe('a bounded list', () => {
  it.each([
    [[], 0, ''],
    [['a', 'b'], 100, 'a,b'],
    [['a', 'b'], 3, 'a,b'],
    [['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'], 24, 'aaaa,bbbb,cccc,dddd,eeee'],
    [['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'], 23, 'aaaa,… and 4 more'],
    [['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'], 16, '… and 5 more'],
    [['aaaa', 'bbbb'], 3, ''],
  ])('of %j within %i bytes is %j', (items, limit, text) => {
    expect(boundedList(items, limit)).toBe(text);
  });

  it('is never longer than its limit, and its items are read back', () => {
    const item = fc.stringMatching(/^[a-z]{1,9}( [a-z]{1,9})?$/);
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), fc.nat(300), (items, limit) => {
        const text = boundedList(items, limit);
        const listed = listedItems(text);

        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
        expect(listed).toEqual(items.slice(0, listed.length));
        const left = Number(/… and (\d+) more$/.exec(text)?.[1] ?? (text === '' ? items.length : 0));
        expect(listed.length + left).toBe(items.length);
      }),
    );
  });
});
