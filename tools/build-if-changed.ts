import { spawnSync } from 'node:child_process';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** What `npm run build` is made from. */
const SOURCES = ['src/**/*', 'package-lock.json', '*.config.ts'];

/** When the file was last written, in milliseconds; 0 where there is none. */
async function modified(file: string): Promise<number> {
  return await stat(join(ROOT, file)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function isCurrent(): Promise<boolean> {
  const built = await modified('dist/mcce.js');
  for await (const file of glob(SOURCES, { cwd: ROOT })) if ((await modified(file)) > built) return false;
  return built > 0;
}

if (!(await isCurrent())) {
  // npm names itself in the environment of its scripts. Standard output is for what runs afterwards.
  const { status } = spawnSync(process.execPath, [process.env.npm_execpath ?? '', 'run', 'build'], {
    cwd: ROOT,
    stdio: ['ignore', process.stderr.fd, 'inherit'],
  });
  process.exitCode = status ?? 1;
}
