import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { concerns, isAfter, type LogLine, readLogLines } from './log-lines.ts';

async function linesOf(...chunks: readonly Buffer[]): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of readLogLines(Readable.from(chunks))) lines.push(line);
  return lines;
}

describe('lines of a log', () => {
  it('may be cut anywhere, in a character too', async () => {
    const bytes = Buffer.from('2026-01-01T00:00:00.5Z {"msg":"é"}\n2026-01-01T00:00:01Z two words\n');
    const expected = [
      { time: '2026-01-01T00:00:00.5Z', text: '{"msg":"é"}' },
      { time: '2026-01-01T00:00:01Z', text: 'two words' },
    ];
    for (let at = 0; at <= bytes.length; at++)
      expect(await linesOf(bytes.subarray(0, at), bytes.subarray(at))).toEqual(expected);
  });

  it('may lack the end of the last one', async () => {
    expect(await linesOf(Buffer.from('2026-01-01T00:00:00Z half'))).toEqual([
      { time: '2026-01-01T00:00:00Z', text: 'half' },
    ]);
  });

  it.each([
    ['2026-01-01T00:00:01Z', '2026-01-01T00:00:00.999999999Z', true],
    ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00Z', true],
    ['2026-01-01T00:00:00.12Z', '2026-01-01T00:00:00.120000000Z', false],
    ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.11Z', false],
  ])('have times: %s is after %s: %s', (time, other, expected) => {
    expect(isAfter(time, other)).toBe(expected);
  });

  it.each([
    ['{"cluster":"east"}', ['east'], true],
    ['{"cluster":"east"}', ['west', 'east'], true],
    ['{"changed":["north","east"]}', ['east'], true],
    ['{"cluster":"east-2","msg":"of east"}', ['east'], false],
    ['{"cluster":null,"keys":3}', ['east'], false],
    ['null', ['east'], false],
    ['no JSON, east', ['east'], false],
    ['no JSON', [], true],
  ])('are about clusters: %s is about %j: %s', (line, clusters, expected) => {
    expect(concerns(line, clusters)).toBe(expected);
  });
});
