import { builtinModules } from 'node:module';
import { defineConfig } from 'rolldown';
import { licenses } from './rolldown.licenses.ts';

/** The service in one file: it starts faster and keeps less in memory than hundreds of modules, most of them unused. */
export default defineConfig({
  input: 'dist/main.js',
  platform: 'node',
  // Nest asks for these only where somebody uses them.
  external: [
    ...builtinModules,
    /^@nestjs\/(microservices|websockets|platform-fastify|mongoose|sequelize|typeorm|axios)/,
    /^(class-validator|class-transformer|@fastify\/static|@grpc\/.*)/,
  ],
  // Of its models and clients of every API we use none.
  treeshake: {
    moduleSideEffects: [{ test: /\/node_modules\/@kubernetes\/client-node\//, sideEffects: false }],
  },
  plugins: [licenses('service.licenses.txt')],
  output: {
    file: 'dist/service.js',
    format: 'esm',
    codeSplitting: false,
    // V8 keeps the text of a program, and Node gives it two bytes for each character as soon as one is not ASCII. Names
    // stay: Nest and the log use them.
    charset: 'ascii',
    comments: false,
    minify: { compress: false, mangle: false },
    // To read a stack trace with.
    sourcemap: 'hidden',
  },
});
