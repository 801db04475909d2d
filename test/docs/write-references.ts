import { writeFile } from 'node:fs/promises';
import { references } from './references.ts';

for (const [file, text] of Object.entries(references()))
  await writeFile(new URL(`../../docs/${file}`, import.meta.url), text);
