import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerImport } from 'vite';

// By Vite, as the tests: Node alone cannot read decorators.
const { module } = await runnerImport<typeof import('./references.ts')>(
  join(import.meta.dirname, 'references.ts'),
);
for (const [file, text] of Object.entries(module.REFERENCES))
  await writeFile(new URL(`../../docs/${file}`, import.meta.url), text);
