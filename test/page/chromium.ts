import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { provisioned } from '../support/provisioned.ts';

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
  const folder = await provisioned('chromium-debian-bookworm', 'chromium', (into, scratch) =>
    run('bash', [FETCH, scratch, into]),
  );
  return join(folder, 'chromium');
}

if (import.meta.main) process.stdout.write(`[provision] using ${await provisionChromium()}\n`);
