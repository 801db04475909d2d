import { describe, expect, it } from 'vitest';
import type { ReadFailure } from './observation.ts';
import {
  afterDeparture,
  afterRead,
  afterRejection,
  type ClusterRecord,
  newRecord,
} from './cluster-record.ts';
import { encodeSource } from './source-content.ts';
import { memoryOf, parseMemory } from './state-memory.ts';

const at = (seconds: number) => ({
  wall: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds, 750)),
  monotonicMs: seconds * 1_000,
});
const failure = (reason: ReadFailure['reason']): ReadFailure => ({ reason, message: 'It failed.' });
const synced = (): ClusterRecord => {
  const content = encodeSource(new Map([['key', 'AAAA']]));
  if (!content) throw new Error('the builder encodes valid data');
  return afterRead(newRecord('east', at(0)), { reason: 'ok', content }, at(1));
};

describe('the memory of a state', () => {
  it.each([
    [
      afterRead(synced(), failure('connect'), at(5)),
      'east stale connect 2026-01-01T00:00:05Z 2026-01-01T00:00:01Z',
    ],
    [
      afterRead(synced(), failure('not_found'), at(5)),
      'east missing not_found 2026-01-01T00:00:05Z 2026-01-01T00:00:01Z',
    ],
    [
      afterRejection(newRecord('east', at(0)), 'secret', failure('unsafe_entry'), at(5)),
      'east rejected unsafe_entry 2026-01-01T00:00:05Z -',
    ],
    [afterDeparture(synced(), at(7)), 'east stale ok 2026-01-01T00:00:07Z 2026-01-01T00:00:01Z removed'],
  ])('is one line', (record, text) => {
    expect(memoryOf(record)).toBe(text);
  });

  it('is read back', () => {
    expect(
      parseMemory([
        'east stale connect 2026-01-01T00:00:05Z 2026-01-01T00:00:01Z',
        'west missing not_found 2026-01-01T00:00:05Z - removed',
      ]),
    ).toEqual(
      new Map([
        [
          'east',
          {
            state: 'stale',
            reason: 'connect',
            since: new Date('2026-01-01T00:00:05Z'),
            lastSuccess: new Date('2026-01-01T00:00:01Z'),
            removed: false,
          },
        ],
        [
          'west',
          {
            state: 'missing',
            reason: 'not_found',
            since: new Date('2026-01-01T00:00:05Z'),
            lastSuccess: undefined,
            removed: true,
          },
        ],
      ]),
    );
  });

  it.each([
    '',
    'east',
    'east synced ok 2026-01-01T00:00:05Z -',
    'east stale why 2026-01-01T00:00:05Z -',
    'east stale dns then -',
  ])('leaves out %j, which somebody else wrote', (item) => {
    expect(parseMemory([item]).size).toBe(0);
  });
});
