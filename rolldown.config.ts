import { globSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { defineConfig, type RolldownOptions } from 'rolldown';
import { licenses } from './rolldown.licenses.ts';

/**
 * The service in one file: it starts faster and keeps less in memory than hundreds of modules, most of them unused. What exports
 * traces is a second one, complete in itself, which the first loads when it is wanted. The service that loads extensions is a third: it has all that
 * they may import, and whoever has none does not pay for that. The command line tool loads its commands when they are
 * called, and the service for `mcce run`.
 */
export default defineConfig([
  bundle('service', 'dist/main.js', { 'dist/base/tracing/tracing-sdk.js': './tracing.js' }),
  bundle('extensible', 'dist/main-with-extensions.js', {
    'dist/base/tracing/tracing-sdk.js': './tracing.js',
  }),
  bundle('tracing', 'dist/base/tracing/tracing-sdk.js'),
  bundle(
    'mcce',
    'dist/cli.js',
    { 'dist/main.js': './service.js', 'dist/main-with-extensions.js': './extensible.js' },
    { inChunks: true },
  ),
  ...globSync('src/extensions/**/*.extension.ts').map(builtInExtension),
]);

/**
 * @param apart modules that stay out of it, and the file beside it that has each
 * @param options.inChunks what is imported on demand is a file of its own
 */
function bundle(
  name: string,
  input: string,
  apart: Readonly<Record<string, string>> = {},
  { inChunks = false } = {},
): RolldownOptions {
  // A package may have a module of the same name.
  const files = new Map(
    Object.entries(apart).map(([module, file]) => [resolve(import.meta.dirname, module), file]),
  );
  const fileOf = (id: string) => files.get(resolve(import.meta.dirname, id));
  return {
    input: { [name]: input },
    platform: 'node',
    // Nest asks for these only where somebody uses them.
    external: (id, _importer, isResolved) =>
      builtinModules.includes(id) ||
      /^@nestjs\/(microservices|websockets|platform-fastify|mongoose|sequelize|typeorm|axios)/.test(id) ||
      /^(class-validator|class-transformer|@fastify\/static|@grpc\/.*)/.test(id) ||
      (isResolved && fileOf(id) !== undefined),
    // Of its models and clients of every API we use none.
    treeshake: {
      moduleSideEffects: [{ test: /\/node_modules\/@kubernetes\/client-node\//, sideEffects: false }],
    },
    plugins: [licenses(`${name}.licenses.txt`)],
    output: {
      dir: 'dist',
      entryFileNames: '[name].js',
      // Beside it, since they look for the package's version there.
      chunkFileNames: `${name}-[name].js`,
      format: 'esm',
      codeSplitting: inChunks,
      // Decorators of Nest need what another module has prepared, whichever file that is in.
      strictExecutionOrder: inChunks,
      paths: (id) => fileOf(id) ?? id,
      // V8 keeps the text of a program, and Node gives it two bytes for each character as soon as one is not ASCII. Names
      // stay: Nest and the log use them.
      charset: 'ascii',
      comments: false,
      minify: { compress: false, mangle: false },
      // To read a stack trace of the service with.
      sourcemap: inChunks ? false : 'hidden',
    },
  };
}

/** What extensions share with the service: src/extensions/loading/shared-modules.ts. */
const SHARED =
  /^(@nestjs\/(common|core|event-emitter|schedule|terminus)|nestjs-pino|prom-client|reflect-metadata|rxjs|zod)$/;

/** A built-in extension is a file as anybody's would be, which is loaded by its name: `dist/extensions/<name>.js`. */
function builtInExtension(source: string): RolldownOptions {
  const name = basename(source, '.extension.ts');
  const index = resolve(import.meta.dirname, 'dist/index.js');
  return {
    input: { [name]: source.replace(/^src/, 'dist').replace(/\.ts$/, '.js') },
    platform: 'node',
    external: (id) => builtinModules.includes(id.replace(/^node:/, '')) || SHARED.test(id),
    plugins: [
      licenses(`${name}.licenses.txt`),
      {
        name: 'public-interface',
        resolveId: (id, importer) =>
          importer !== undefined && resolve(dirname(importer), id) === index
            ? { id: 'multi-cluster-config-exporter', external: true }
            : null,
      },
    ],
    output: {
      dir: 'dist/extensions',
      entryFileNames: '[name].js',
      format: 'esm',
      codeSplitting: false,
      charset: 'ascii',
      comments: false,
      minify: { compress: false, mangle: false },
    },
  };
}
