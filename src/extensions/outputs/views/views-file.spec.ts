import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { viewsFile } from './views-file.ts';

describe('the file of the views', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcce-views-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (text: string) => {
    const path = join(folder, 'views.yaml');
    writeFileSync(path, text);
    return viewsFile.safeParse(path);
  };
  const problem = (text: string) => read(text).error?.issues[0]?.message;

  it('names Secrets with the clusters and keys that they hold', () => {
    const { data } = read(`
views:
  - name: metrics
    namespace: team-a
    clusters: [east, 'eu-*']
    keys: [prometheus]
  - { name: all, clusters: ['*'], keys: ['*'] }
`);

    expect(data).toEqual([
      { name: 'metrics', namespace: 'team-a', clusters: ['east', 'eu-*'], keys: ['prometheus'] },
      { name: 'all', clusters: ['*'], keys: ['*'] },
    ]);
  });

  it.each([
    ['views: [', 'names a file that is not YAML'],
    ['- a list', 'the file: '],
    [
      'views: [{name: UPPER, clusters: [a], keys: [b]}]',
      'views.0.name: must be the name of a Kubernetes Secret',
    ],
    ['views: [{name: a, namespace: a/b, clusters: [a], keys: [b]}]', 'views.0.namespace: must be the name'],
    ['views: [{name: a, clusters: [], keys: [b]}]', 'views.0.clusters'],
    ['views: [{name: a, clusters: [a]}]', 'views.0.keys'],
    ['views: [{name: a, clusters: [a/b], keys: [b]}]', 'views.0.clusters.0: must be a name'],
    ['views: [{name: a, clusters: [a], keys: [b], typo: 1}]', 'typo'],
  ])('is refused with the place of the mistake: %s', (text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  it('has to exist', () => {
    expect(viewsFile.safeParse(join(folder, 'absent.yaml')).error?.issues[0]?.message).toBe(
      'names a file that cannot be read (ENOENT)',
    );
  });
});
