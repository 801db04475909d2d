import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import bundles from '../../rolldown.config.ts';
import { ERROR_CODES } from '../../src/base/errors/error-code.ts';
import { PROBLEMS } from '../../src/health/problems/problem.ts';
import { EVENT_REASONS } from '../../src/reporting/kube-events/event-reasons.ts';
import { REASONS } from '../../src/kube/failures/reason.ts';
import { REFERENCES } from './references.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** What stands below a heading. */
function section(page: string, heading: string): string {
  return read(page).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

/** The first column of the table below a heading. */
function firstColumn(page: string, heading: string): string[] {
  return [...section(page, heading).matchAll(/^\| `([^`]+)`/gm)].map(([, cell]) => cell ?? '');
}

/** The anchors that a page has, as GitHub makes them. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documentation', () => {
  it.each(Object.entries(REFERENCES))('has what npm run docs writes in docs/%s', (file, text) => {
    expect(read(`docs/${file}`)).toBe(text);
  });

  it('explains every reason, and no others', () => {
    expect(firstColumn('docs/errors.md', 'Reasons')).toEqual(REASONS);
  });

  it('explains every problem, and no others', () => {
    expect(firstColumn('docs/errors.md', 'Problems')).toEqual(Object.keys(PROBLEMS));
  });

  it('explains every error code, and no others', () => {
    expect(firstColumn('docs/errors.md', 'Error codes')).toEqual(ERROR_CODES);
  });

  it.each(pages)('%s links only to what exists', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchors(target).includes(anchor);
    });

    expect(broken).toEqual([]);
  });

  it('has image and chart of the version of the package, started as npm start does', () => {
    const { version, scripts } = packageJson;
    const dockerfile = read('Dockerfile');
    const chart = read('helm/Chart.yaml');
    expect(chart).toContain(`\nversion: ${version}\nappVersion: ${version}\n`);
    expect(dockerfile).toContain(`\nARG VERSION=${version}\n`);
    const settings = scripts.start.split(' ').filter((part) => part.startsWith('--') || part.includes('='));
    expect(settings.length).toBeGreaterThan(2);
    expect(settings.filter((setting) => !dockerfile.includes(setting))).toEqual([]);
  });

  it('lists every reason of an Event', () => {
    const rows = section('docs/operations.md', 'Events').matchAll(/^\| (`[A-Z].+?) \|/gm);
    const listed = [...rows].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []);
    expect(listed.toSorted()).toEqual(Object.keys(EVENT_REASONS).toSorted());
  });

  it('has in the image every file of the build', () => {
    const programs = bundles.filter(({ output }) => (output as { dir?: string }).dir === 'dist');
    const names = programs.flatMap(({ input }) => Object.keys(input as Record<string, string>));
    const copied = [...read('Dockerfile').matchAll(/ \/build\/dist\/([a-z]+)[.*]/g)].map(([, name]) => name);
    expect(read('Dockerfile')).toContain('/build/dist/extensions /app/dist/extensions');
    expect(copied).toEqual(names);
    expect(read('Dockerfile')).toContain('/build/dist/page /app/dist/page');
  });

  it('has no source map in the image', () => {
    const mapped = bundles.filter(({ output }) => (output as { sourcemap?: unknown }).sourcemap);
    const [stage = ''] = /^FROM .* AS build$[^]*?(?=^FROM)/m.exec(read('Dockerfile')) ?? [];
    for (const { input } of mapped)
      for (const name of Object.keys(input as Record<string, string>))
        expect(stage).toMatch(new RegExp(`\\bmv\\b.* dist/${name}\\.js\\.map `));
    expect(mapped.length).toBeGreaterThan(0);
  });

  it('builds and starts mcce with Node.js alone, so that it works on Windows', () => {
    const { build, premcce, mcce } = packageJson.scripts;
    for (const script of [build, premcce, mcce])
      for (const command of script.split(' && ')) expect(command).toMatch(/^(node|nest|vite) [\w./ -]+$/);
  });

  it('names only npm scripts that exist', () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script),
    );

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((script) => !(script in packageJson.scripts))).toEqual([]);
  });

  it('names only source files that exist', () => {
    const files = ['src', 'tools'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }),
    );
    const named = [...read('ARCHITECTURE.md').matchAll(/`((?:[\w-]+\/)?[\w.-]+\.ts)`/g)].map(
      ([, file = '']) => file.replace(/^src\//, ''),
    );

    expect(named.length).toBeGreaterThan(20);
    expect(
      named.filter((file) => !files.some((known) => known === file || known.endsWith(`/${file}`))),
    ).toEqual([]);
  });

  it('lists every log message from info on, and no others', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => read(join('src', name)))
      .join('\n');
    const messages = firstColumn('docs/operations.md', 'Log messages');

    expect(messages.length).toBeGreaterThan(5);
    expect(messages.filter((message) => !sources.includes(`'${message}'`))).toEqual([]);
    const logged = [...sources.matchAll(/logger\.(?:info|warn|error)\([^;]*?'([^']+)',?\s*\)/g)].map(
      ([, message]) => message,
    );
    expect(logged.filter((message) => message === undefined || !messages.includes(message))).toEqual([]);
    expect(logged.length).toBeGreaterThan(15);
  });
});
