import { describe, expect, it } from 'vitest';
import { NOTE_LIMIT } from '../../kube/objects/event-client.ts';
import type { Condition } from './conditions.ts';
import { type Telling, toldAfter, transitions } from './transitions.ts';

const condition = (
  subject: string,
  state: Condition['state'],
  text = `${subject} is ${state}`,
): Condition => ({
  subject,
  state,
  text,
  brief: subject,
});
const tellings = (told: Record<string, Condition['state']>) =>
  new Map(Object.entries(told).map(([subject, state]) => [subject, { state }])) as Map<string, Telling>;
const reasons = (told: Record<string, Condition['state']>, ...conditions: Condition[]) =>
  transitions(tellings(told), conditions).map(({ event: { reason, note } }) => [reason, note]);

describe('transitions', () => {
  it('tell of what is wrong, once', () => {
    const down = condition('east', 'ClusterUnreachable');

    expect(reasons({}, down)).toEqual([['ClusterUnreachable', 'east is ClusterUnreachable']]);
    expect(reasons({ east: 'ClusterUnreachable' }, down)).toEqual([]);
  });

  it('do not tell that all is well when nothing else was told', () => {
    expect(reasons({}, condition('east', 'good'))).toEqual([]);
    expect(reasons({ east: 'good' }, condition('east', 'good'))).toEqual([]);
  });

  it.each([
    ['ClusterUnreachable', 'ClusterRecovered'],
    ['SourceMissing', 'ClusterRecovered'],
    ['SourceInvalid', 'ClusterRecovered'],
    ['EntryRefused', 'ClusterRecovered'],
    ['AggregateTooLarge', 'ClusterRecovered'],
    ['RegistryUnusable', 'RegistryRecovered'],
    ['AggregateWriteFailed', 'AggregateWriteRecovered'],
  ] as const)('tell after %s of %s', (before, after) => {
    expect(reasons({ it: before }, condition('it', 'good'))).toEqual([[after, 'it is good']]);
  });

  it('do not tell that a credential was renewed', () => {
    expect(reasons({ it: 'CredentialExpiring' }, condition('it', 'good'))).toEqual([]);
  });

  it('tell again when it is about something else', () => {
    const first = { ...condition('it', 'RemovalHeld'), detail: '1' };
    const told = toldAfter(new Map(), [first], new Set());

    expect(transitions(told, [first])).toEqual([]);
    expect(transitions(told, [{ ...first, detail: '2' }])).toHaveLength(1);
  });

  it('wait while something is unsettled, and remember', () => {
    const told = tellings({ east: 'SourceMissing' });
    const unsettled = [condition('east', 'unsettled')];

    expect(transitions(told, unsettled)).toEqual([]);
    expect(toldAfter(told, unsettled, new Set())).toEqual(told);
  });

  it('tell of several in one Event', () => {
    expect(
      reasons(
        { west: 'ClusterUnreachable' },
        condition('east', 'ClusterUnreachable'),
        condition('west', 'good'),
        condition('north', 'ClusterUnreachable'),
      ),
    ).toEqual([
      ['ClusterUnreachable', '2 clusters cannot be read: east, north.'],
      ['ClusterRecovered', 'west is good'],
    ]);
  });

  it('list as many as the note has room for, and count the others', () => {
    const fleet = Array.from({ length: 1_000 }, (_, index) => condition(`cluster-${index}`, 'SourceMissing'));
    const [[, note = ''] = []] = reasons({}, ...fleet);

    expect(note).toMatch(
      /^The sources of 1000 clusters do not exist: cluster-0, cluster-1, .*\d and \d+ more\.$/,
    );
    expect(note.length).toBeGreaterThan(NOTE_LIMIT - 20);
    expect(note.length).toBeLessThanOrEqual(NOTE_LIMIT);
    const listed = note.split(', ').length;
    expect(Number(/ and (\d+) more/.exec(note)?.[1])).toBe(1_000 - listed);
  });

  it('fit a note that is told alone into bytes, and cut no character in two', () => {
    const [[, note = ''] = []] = reasons({}, condition('east', 'EntryRefused', `x${'ü'.repeat(2_000)}`));

    expect(Buffer.byteLength(note)).toBe(NOTE_LIMIT - 1);
    expect(note).toMatch(/^xü+$/);
  });

  it('forget what is gone, and keep what could not be told for the next time', () => {
    const east = condition('east', 'SourceMissing');
    const west = condition('west', 'good');
    const told = tellings({ gone: 'SourceMissing', west: 'SourceMissing' });

    expect(toldAfter(told, [east, west], new Set([east, west]))).toEqual(tellings({ west: 'SourceMissing' }));
    expect(toldAfter(told, [east, west], new Set())).toEqual(
      tellings({ east: 'SourceMissing', west: 'good' }),
    );
  });
});
