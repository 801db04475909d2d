import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FETCH = fileURLToPath(new URL('fetch-chromium.sh', import.meta.url));

/**
 * Puts Debian's Chromium into the cache, once. One on the PATH comes first.
 *
 * @returns the program
 */
export async function provisionChromium(): Promise<string> {
  const installed = await run('sh', ['-c', 'command -v chromium']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (installed) return installed;
  const cacheHome = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const target = join(cacheHome, 'multi-cluster-config-exporter', 'chromium-debian-bookworm');
  const program = join(target, 'chromium');
  if (await isProgram(program)) return program;
  await mkdir(dirname(target), { recursive: true });
  const [partial, scratch] = [await mkdtemp(`${target}.partial-`), await mkdtemp(`${target}.scratch-`)];
  try {
    await run('bash', [FETCH, scratch, partial]);
    // Two runs at once both work, and the first to end wins.
    await rename(partial, target).catch(async (error: unknown) => {
      if (!(await isProgram(program))) throw error;
    });
    return program;
  } finally {
    await Promise.all([partial, scratch].map((path) => rm(path, { recursive: true, force: true })));
  }
}

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

if (import.meta.main) process.stdout.write(`[provision] using ${await provisionChromium()}\n`);
