import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

interface Cruise {
  modules: { source: string; dependencies: { resolved: string }[] }[];
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
}

/** What imports what below `src/` of a folder, and which rules that breaks. */
async function cruise(cwd: string): Promise<Cruise> {
  const config = join(cwd, '.dependency-cruiser.cjs');
  // It exits with the number of violations.
  const { stdout } = await run(
    join(ROOT, 'node_modules/.bin/depcruise'),
    ['src', '--config', config, '--output-type', 'json'],
    { cwd, maxBuffer: 2 ** 27 },
  ).catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Cruise;
}

/** The part of the house that a file is in. */
function partOf(file: string): string {
  if (file === 'src/index.ts') return 'index';
  if (file === 'src/main-with-extensions.ts') return 'main-with-extensions';
  if (file.startsWith('src/extensions/loading/')) return 'loading';
  return file.startsWith('src/extensions/') ? 'extensions' : 'core';
}

describe('imports', () => {
  it('show core → index ← extensions, and one place that loads what extends it', async () => {
    const { modules, summary } = await cruise(ROOT);
    const edges = modules
      .filter(({ source }) => source.startsWith('src/') && !source.endsWith('.spec.ts'))
      .flatMap(({ source, dependencies }) =>
        dependencies
          .filter(({ resolved }) => resolved.startsWith('src/'))
          .map(({ resolved }) => `${partOf(resolved)} → ${partOf(source)}`),
      )
      .filter((edge) => new Set(edge.split(' → ')).size > 1);

    expect(summary.violations).toEqual([]);
    expect([...new Set(edges)].toSorted()).toEqual([
      'core → index',
      'core → loading',
      'core → main-with-extensions',
      'index → extensions',
      'index → loading',
      'loading → main-with-extensions',
      // `mcce run` is one of the two programs.
      'main-with-extensions → core',
    ]);
  }, 60_000);

  describe('of another kind', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mcce-imports-'));
      for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json'])
        await cp(join(ROOT, file), join(folder, file));
      await put('src/index.ts', "export { x } from './kube/x.ts';");
      await put('src/kube/x.ts', 'export const x = 1;');
    });

    afterEach(async () => {
      await rm(folder, { recursive: true });
    });

    const put = async (file: string, text: string) => {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    };

    it.each([
      [
        'an extension that imports the core',
        'src/extensions/outputs/mine/mine.extension.ts',
        'src/kube/x.ts',
      ],
      [
        'an extension that imports another',
        'src/extensions/mine/mine.extension.ts',
        'src/extensions/other/x.ts',
      ],
      [
        'an extension that imports what loads it',
        'src/extensions/registries/mine/x.ts',
        'src/extensions/loading/x.ts',
      ],
      ['a core that imports an extension', 'src/kube/y.ts', 'src/extensions/outputs/mine/mine.extension.ts'],
      ['a core that imports index.ts', 'src/kube/y.ts', 'src/index.ts'],
      ['an index.ts that exports an extension', 'src/index.ts', 'src/extensions/mine/mine.extension.ts'],
      [
        'a loading that imports an extension',
        'src/extensions/loading/x.ts',
        'src/extensions/mine/mine.extension.ts',
      ],
    ])('are found out: %s', async (_what, from, to) => {
      if (to !== 'src/index.ts') await put(to, 'export const x = 1;');
      await put(from, `export { x } from '${'../'.repeat(from.split('/').length - 1)}${to}';`);

      const { summary } = await cruise(folder);

      const found = summary.violations.filter((each) => each.from === from && each.to === to);
      const name = expect.stringMatching(
        /^(extensions-import-the-public|the-core-does-not|loading-does-not)/,
      );
      expect(found.map(({ rule }) => rule.name)).toContainEqual(name);
    });
  });
});
