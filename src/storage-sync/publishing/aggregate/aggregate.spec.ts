import { describe, expect, it } from 'vitest';
import type { SecretSnapshot } from '../../../kube/secret-snapshot.ts';
import {
  type Aggregate,
  buildAggregate,
  CONTENT_HASH_ANNOTATION,
  isPublished,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  SECRET_LIMIT_BYTES,
  STALE_CLUSTERS_ANNOTATION,
} from './aggregate.ts';
import { type ClusterRecord, newRecord } from '../../keeping/cluster-record.ts';
import type { SourceContent } from '../../keeping/source-content.ts';

/** A content of a size, told apart by its text. */
const content = (text: string, bytes = 10): SourceContent => ({
  encoded: `encoded ${text}`,
  bytes,
  digest: text,
});
const record = (name: string, of?: SourceContent, outdated = false): ClusterRecord => ({
  ...newRecord(name, { wall: new Date(0), monotonicMs: 0 }),
  content: of,
  outdated,
});
const digests = ({ contents }: Aggregate) =>
  Object.fromEntries([...contents].map(([name, { digest }]) => [name, digest]));
const NOTHING = new Map<string, SourceContent>();
const KIB = 1024;

describe('buildAggregate', () => {
  it('holds the content of every cluster that has one, sorted by name', () => {
    const aggregate = buildAggregate(
      [record('west', content('w')), record('none'), record('east', content('e'))],
      NOTHING,
    );

    expect([...aggregate.contents.keys()]).toEqual(['east', 'west']);
    expect(digests(aggregate)).toEqual({ east: 'e', west: 'w' });
    expect(aggregate.bytes).toBe(20);
  });

  it('names the clusters that may be out of date, sorted', () => {
    const records = [
      record('b', content('1'), true),
      record('a', content('2'), true),
      record('c', content('3')),
      record('d', undefined, true),
    ];

    expect(buildAggregate(records, NOTHING).annotations[STALE_CLUSTERS_ANNOTATION]).toBe('a,b');
  });

  it('has a hash that depends on names and contents and on nothing else', () => {
    const hash = (...records: ClusterRecord[]) =>
      buildAggregate(records, NOTHING).annotations[CONTENT_HASH_ANNOTATION];

    expect(hash(record('a', content('1')), record('b', content('2')))).toBe(
      hash(record('b', content('2'), true), record('a', content('1'))),
    );
    expect(hash(record('a', content('1')))).not.toBe(hash(record('a', content('2'))));
    expect(hash(record('a', content('1')))).not.toBe(hash(record('b', content('1'))));
  });

  describe('at the limit', () => {
    it('publishes what fits exactly', () => {
      const aggregate = buildAggregate([record('a', content('full', SECRET_LIMIT_BYTES))], NOTHING);

      expect(aggregate).toMatchObject({ bytes: SECRET_LIMIT_BYTES, tooLarge: [] });
    });

    it('leaves out the one that does not fit, and keeps its published content', () => {
      const published = new Map([
        ['a', content('old', 10)],
        ['b', content('b', 10)],
      ]);
      const records = [record('a', content('huge', SECRET_LIMIT_BYTES)), record('b', content('b', 10))];

      const aggregate = buildAggregate(records, published);

      expect(digests(aggregate)).toEqual({ a: 'old', b: 'b' });
      expect(aggregate.tooLarge).toEqual(['a']);
      expect(aggregate.annotations[STALE_CLUSTERS_ANNOTATION]).toBe('a');
      expect(aggregate.bytes).toBe(20);
    });

    it('leaves out a new cluster that does not fit', () => {
      const aggregate = buildAggregate(
        [record('a', content('a', 600 * KIB)), record('b', content('b', 600 * KIB))],
        new Map([['a', content('a', 600 * KIB)]]),
      );

      expect(digests(aggregate)).toEqual({ a: 'a' });
      expect(aggregate.tooLarge).toEqual(['b']);
    });

    it('lets one that shrinks make room for one that grows', () => {
      const published = new Map([
        ['a', content('a1', 900 * KIB)],
        ['b', content('b1', 100 * KIB)],
      ]);
      const records = [record('a', content('a2', 100 * KIB)), record('b', content('b2', 900 * KIB))];

      expect(buildAggregate(records, published)).toMatchObject({ bytes: 1000 * KIB, tooLarge: [] });
    });

    it('lets a removed cluster make room', () => {
      const published = new Map([['gone', content('gone', 900 * KIB)]]);

      expect(digests(buildAggregate([record('new', content('new', 900 * KIB))], published))).toEqual({
        new: 'new',
      });
    });

    it('gives the same whatever the order of the clusters', () => {
      const records = ['a', 'b', 'c', 'd'].map((name) => record(name, content(name, 400 * KIB)));

      const forwards = buildAggregate(records, NOTHING);
      const backwards = buildAggregate(records.toReversed(), NOTHING);

      expect(digests(forwards)).toEqual(digests(backwards));
      expect(forwards.tooLarge).toEqual(['c', 'd']);
    });
  });
});

describe('isPublished', () => {
  const aggregate = buildAggregate([record('east', content('e'))], NOTHING);
  const held = (change: Partial<SecretSnapshot> = {}): SecretSnapshot => ({
    resourceVersion: '1',
    type: 'Opaque',
    immutable: false,
    labels: new Map([[MANAGED_BY_LABEL, MANAGED_BY]]),
    annotations: new Map(Object.entries(aggregate.annotations)),
    data: new Map([['east', 'encoded e']]),
    ...change,
  });

  it('is true for what the hub holds already, whatever else others wrote beside it', () => {
    const labels = new Map([
      [MANAGED_BY_LABEL, MANAGED_BY],
      ['team', 'storage'],
    ]);

    expect(isPublished(aggregate, held())).toBe(true);
    expect(isPublished(aggregate, held({ labels }))).toBe(true);
  });

  it.each([
    ['another value', { data: new Map([['east', 'other']]) }],
    [
      'a key too many',
      {
        data: new Map([
          ['east', 'encoded e'],
          ['x', ''],
        ]),
      },
    ],
    ['a key too few', { data: new Map() }],
    ['another key', { data: new Map([['west', 'encoded e']]) }],
    ['no label', { labels: new Map() }],
    ['no annotation', { annotations: new Map() }],
  ])('is false for %s', (_what, change) => {
    expect(isPublished(aggregate, held(change))).toBe(false);
  });
});
