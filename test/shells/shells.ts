import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { provisioned } from '../support/provisioned.ts';

const run = promisify(execFile);
const FETCH = fileURLToPath(new URL('fetch-shells.sh', import.meta.url));

/** The shells that complete commands. */
export type Shells = Record<'bash' | 'zsh' | 'fish', string>;

/**
 * Puts Debian's zsh and fish into the cache, once. Those on the PATH come first; bash is one of them everywhere.
 *
 * @returns the programs
 */
export async function provisionShells(): Promise<Shells> {
  const [zsh, fish] = await Promise.all(['zsh', 'fish'].map((name) => onPath(name)));
  if (zsh && fish) return { bash: 'bash', zsh, fish };
  const folder = await provisioned('shells-debian-bookworm', 'fish', (into, scratch) =>
    run('bash', [FETCH, scratch, into]),
  );
  return { bash: 'bash', zsh: zsh ?? join(folder, 'zsh'), fish: fish ?? join(folder, 'fish') };
}

async function onPath(name: string): Promise<string | undefined> {
  return await run('sh', ['-c', `command -v ${name}`]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

if (import.meta.main) {
  const { zsh, fish } = await provisionShells();
  process.stdout.write(`[provision] using ${zsh} and ${fish}\n`);
}
