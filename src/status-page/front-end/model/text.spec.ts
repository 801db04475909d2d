import { describe, expect, it } from 'vitest';
import { binarySize, counted, duration, reasonText, shortDuration, titleOf, visible } from './text.ts';

describe('a text of somebody else', () => {
  it.each([
    ['east', 'east'],
    ['münchen 東京 🚀', 'münchen 東京 🚀'],
    ['a\u0000b\n', String.raw`a\u0000b\u000a`],
    ['\u202egnp.exe', String.raw`\u202egnp.exe`],
    ['a\u200bb\u2066', String.raw`a\u200bb\u2066`],
    ['\u{e0041}', String.raw`\u{e0041}`],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ])('%j is shown as %s', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });
});

describe('figures and words', () => {
  it.each([
    [-5, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [90_000_000, '1 d'],
  ])('%d milliseconds are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('are short where time is', () => {
    expect([0.4, 320, 1_440, 12_000].map(shortDuration)).toEqual(['0 ms', '320 ms', '1.4 s', '12 s']);
    expect([0, 1_300, 12_000, 1_048_576].map(binarySize)).toEqual(['0 KiB', '1.3 KiB', '12 KiB', '1 MiB']);
    expect([counted(1, 'entry', 'entries'), counted(1_204, 'cluster')]).toEqual([
      '1 entry',
      '1,204 clusters',
    ]);
    expect([titleOf('ClusterUnreachable'), titleOf('synced'), reasonText('not_found')]).toEqual([
      'Cluster unreachable',
      'Synced',
      'not found',
    ]);
  });
});
