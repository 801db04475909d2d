import { describe, expect, it } from 'vitest';
import { encodeSource, type PublishedContent, SourceData } from '../../../index.ts';
import { View } from './view.ts';

/** What the aggregate holds, by cluster: texts by key. */
function published(clusters: Record<string, Record<string, string>>): Map<string, PublishedContent> {
  return new Map(
    Object.entries(clusters).map(([cluster, texts]) => {
      const data = SourceData.of(Object.entries(texts));
      return [cluster, { cluster, data, digest: encodeSource(data.encoded)?.digest ?? '' }];
    }),
  );
}

const CONTENTS = published({
  east: { prometheus: 'p-east', postgres: 'secret' },
  'eu-1': { prometheus: 'p-eu-1', opensearch: 'o-eu-1' },
  'eu-2': { prometheus: 'p-eu-2' },
  EU: { postgres: 'other' },
});

/** A view with its data decoded as far as readers do. */
function viewed(clusters: string[], keys: string[], contents = CONTENTS) {
  const { data, ...rest } = new View({ name: 'v', clusters, keys }, 'default').contentOf(contents);
  const decoded = [...data].map(([name, value]) => [name, Buffer.from(value, 'base64').toString()] as const);
  return { ...rest, data: Object.fromEntries(decoded) };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a view', () => {
  it('holds the chosen keys of the chosen clusters, in the format of the aggregate', () => {
    expect(viewed(['east', 'eu-1'], ['prometheus'])).toEqual({
      data: {
        east: `{"prometheus":"${base64('p-east')}"}`,
        'eu-1': `{"prometheus":"${base64('p-eu-1')}"}`,
      },
      lacks: [],
      tooLarge: [],
    });
  });

  it.each([
    [['*'], ['EU', 'east', 'eu-1', 'eu-2']],
    [['eu-*'], ['eu-1', 'eu-2']],
    [['e?st'], ['east']],
    [
      ['eu-?', 'east'],
      ['east', 'eu-1', 'eu-2'],
    ],
    [['eu.1'], []],
    [['eas'], []],
  ])('takes %j for patterns of whole names', (patterns, names) => {
    expect(Object.keys(viewed(patterns, ['*']).data)).toEqual(names);
  });

  it('takes all keys that a pattern matches', () => {
    expect(viewed(['eu-1'], ['p*', 'open*']).data['eu-1']).toBe(
      `{"opensearch":"${base64('o-eu-1')}","prometheus":"${base64('p-eu-1')}"}`,
    );
  });

  it('reports clusters and keys that it lacks, and leaves a cluster without any of its keys out', () => {
    const { data, lacks } = viewed(['eu-*', 'EU', 'west', 'us-*'], ['prometheus', 'opensearch']);

    expect(Object.keys(data)).toEqual(['eu-1', 'eu-2']);
    expect(lacks).toEqual([
      'no cluster is named west',
      'no cluster is named us-*',
      'EU has none of the keys',
      'eu-2 has no key opensearch',
    ]);
  });

  it('holds as many clusters as a Secret can, and reports the others', () => {
    const large = published({
      a: { k: 'x'.repeat(400_000) },
      b: { k: 'x'.repeat(600_000) },
      c: { k: 'x' },
    });

    const { data, tooLarge } = viewed(['*'], ['k'], large);

    expect(Object.keys(data)).toEqual(['a', 'c']);
    expect(tooLarge).toEqual(['b']);
  });

  it('finds out quickly that a name does not match many wildcards', () => {
    const startedAt = performance.now();

    viewed([`${'*'.repeat(200)}x`, '*a'.repeat(8)], ['*'], published({ ['a'.repeat(60)]: { k: '1' } }));

    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('is not confused by names of properties', () => {
    const contents = published(
      JSON.parse('{"__proto__": {"constructor": "1"}}') as Record<string, Record<string, string>>,
    );

    expect(Object.entries(viewed(['__proto__'], ['constructor'], contents).data)).toEqual([
      ['__proto__', `{"constructor":"${base64('1')}"}`],
    ]);
  });
});
