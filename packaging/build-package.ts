import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { generateDtsBundle } from 'dts-bundle-generator';
import { rolldown } from 'rolldown';
import ts from 'typescript';
import manifest from '../package.json' with { type: 'json' };
import { licenses } from '../rolldown.licenses.ts';

// Makes of the build what others install: `dist/package`, and the archive of it. Run it after `npm run build`.
const ROOT = resolve(import.meta.dirname, '..');
const PACKAGE = join(ROOT, 'dist/package');

/** What whoever uses it shares with us: classes are told apart by identity. */
const PEERS = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/event-emitter',
  '@nestjs/platform-express',
  '@nestjs/schedule',
  '@nestjs/terminus',
  'nestjs-pino',
  'pino',
  'pino-http',
  'prom-client',
  'reflect-metadata',
  'rxjs',
  'zod',
] as const;
/** Stays apart as well: its state is global, and its types are in ours. */
const DEPENDENCIES = ['@opentelemetry/api'] as const;

/** The one type of a library that is bundled: what the operator's own kubeconfig was read into. */
const KUBE_CONFIG = /^import \{ KubeConfig \} from '@kubernetes\/client-node';$/m;

rmSync(PACKAGE, { recursive: true, force: true });
mkdirSync(join(PACKAGE, 'dist'), { recursive: true });
await bundle('index', 'dist/index.js');
await bundle('testing', 'test/testing/index.ts');
writeTypes();
// Next to the folder `dist`, where the program looks for its version.
writeFileSync(join(PACKAGE, 'package.json'), `${JSON.stringify(packageManifest(), null, 2)}\n`);
for (const file of ['LICENSE', 'CHANGELOG.md', 'README.md']) cpSync(join(ROOT, file), join(PACKAGE, file));
cpSync(join(ROOT, 'docs/extending.md'), join(PACKAGE, 'docs/extending.md'));
execFileSync('npm', ['pack', PACKAGE, '--pack-destination', join(ROOT, 'dist'), '--silent'], {
  stdio: 'inherit',
});

async function bundle(name: string, input: string): Promise<void> {
  const external = [...PEERS, ...DEPENDENCIES, 'vitest'];
  const index = join(ROOT, 'src/index.ts');
  const build = await rolldown({
    input: { [name]: join(ROOT, input) },
    platform: 'node',
    external: (id) =>
      builtinModules.includes(id.replace(/^node:/, '')) ||
      external.some((each) => id === each || id.startsWith(`${each}/`)),
    treeshake: {
      moduleSideEffects: [{ test: /\/node_modules\/@kubernetes\/client-node\//, sideEffects: false }],
    },
    plugins: [
      licenses(`${name}.licenses.txt`),
      {
        name: 'the-package-itself',
        resolveId: (id, importer) =>
          name === 'testing' && importer !== undefined && resolve(dirname(importer), id) === index
            ? { id: manifest.name, external: true }
            : null,
      },
    ],
  });
  await build.write({
    dir: join(PACKAGE, 'dist'),
    entryFileNames: '[name].js',
    chunkFileNames: `${name}-[name].js`,
    format: 'esm',
    comments: false,
    minify: { compress: false, mangle: false },
  });
  await build.close();
}

function writeTypes(): void {
  const entries = [
    ['index', 'src/index.ts'],
    ['testing', 'test/testing/index.ts'],
  ] as const;
  const texts = generateDtsBundle(
    entries.map(([, filePath]) => ({
      filePath: join(ROOT, filePath),
      output: { noBanner: true, exportReferencedTypes: false },
    })),
    { preferredConfigPath: join(ROOT, 'tsconfig.json') },
  );
  for (const [index, [name]] of entries.entries()) {
    const bundled = (texts[index] ?? '').replace(KUBE_CONFIG, 'type KubeConfig = object;');
    const text = name === 'testing' ? importedFromPackage(bundled, namesIn(texts[0] ?? '')) : bundled;
    const foreign = [...text.matchAll(/^import .* from '([^'.][^']*)';$/gm)]
      .map(([, from = '']) => from)
      .filter((from) => from !== manifest.name && !from.startsWith('node:') && !isProvided(from));
    if (foreign.length > 0) throw new Error(`the types of ${name} import ${foreign.join(', ')}`);
    writeFileSync(join(PACKAGE, `dist/${name}.d.ts`), text);
  }
}

/** Names that a rolled-up file exports at its end. */
function namesIn(text: string): Set<string> {
  const names = new Set<string>();
  for (const statement of parse(text).statements) {
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    )
      for (const { name } of statement.exportClause.elements) names.add(name.text);
    else if (isExported(statement)) names.add(nameOf(statement) ?? '');
  }
  return names;
}

/** Takes what the package itself declares from there: a class of the same text is another one. */
function importedFromPackage(text: string, names: ReadonlySet<string>): string {
  const source = parse(text);
  const imported = new Set<string>();
  const kept = source.statements.filter((statement) => {
    const name = nameOf(statement);
    if (name === undefined || !names.has(name)) return true;
    imported.add(name);
    return false;
  });
  const list = [...imported].toSorted().join(', ');
  return `import type { ${list} } from '${manifest.name}';\n${kept.map((each) => each.getFullText(source)).join('')}\n`;
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('types.d.ts', text, ts.ScriptTarget.Latest, true);
}

function nameOf(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) {
    const [first] = statement.declarationList.declarations;
    return first && ts.isIdentifier(first.name) ? first.name.text : undefined;
  }
  const isNamed =
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement);
  return isNamed ? statement.name?.text : undefined;
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function isProvided(specifier: string): boolean {
  return [...PEERS, ...DEPENDENCIES].some((each) => specifier === each || specifier.startsWith(`${each}/`));
}

function packageManifest(): object {
  const { name, version, description, license, type, engines, dependencies } = manifest;
  const entry = (file: string) => ({ types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` });
  const versions: Readonly<Record<string, string>> = dependencies;
  const pick = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((each) => {
        const wanted = versions[each];
        if (wanted === undefined) throw new Error(`${each} is no dependency`);
        return [each, `^${wanted}`];
      }),
    );
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    exports: { '.': entry('index'), './testing': entry('testing') },
    files: ['dist', 'docs'],
    dependencies: pick(DEPENDENCIES),
    peerDependencies: pick(PEERS),
  };
}
