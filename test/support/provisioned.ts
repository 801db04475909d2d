import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A folder of the cache for what the tests need, filled once. Two runs at once both work: the first to end wins.
 *
 * @param name of the folder
 * @param program a file in it that is there once it is complete
 * @param fill puts the files into the first folder; the second is scratch space
 * @returns path of the folder
 */
export async function provisioned(
  name: string,
  program: string,
  fill: (into: string, scratch: string) => Promise<unknown>,
): Promise<string> {
  const cacheHome = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const target = join(cacheHome, 'multi-cluster-config-exporter', name);
  if (await exists(join(target, program))) return target;
  await mkdir(dirname(target), { recursive: true });
  const [partial, scratch] = [await mkdtemp(`${target}.partial-`), await mkdtemp(`${target}.scratch-`)];
  try {
    await fill(partial, scratch);
    await rename(partial, target).catch(async (error: unknown) => {
      if (!(await exists(join(target, program)))) throw error;
    });
    return target;
  } finally {
    await Promise.all([partial, scratch].map((path) => rm(path, { recursive: true, force: true })));
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
