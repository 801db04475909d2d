import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type OutputOptions } from 'rolldown';
import config from '../rolldown.config.ts';

// The command line of rolldown lists every file that it writes, whatever its log level.
for (const { output, ...options } of config)
  await build({ ...options, output: output as OutputOptions, logLevel: 'warn' });
await chmod(join(import.meta.dirname, '..', 'dist', 'mcce.js'), 0o755);
