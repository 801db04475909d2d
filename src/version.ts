import { readFileSync } from 'node:fs';

/** Of the package. The file lies above the program, as source, compiled and in one file. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
