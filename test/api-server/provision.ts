import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What the tests need, in one folder: the convention of envtest (sigs.k8s.io/controller-runtime). */
const BINARIES = ['etcd', 'kube-apiserver'];
/** The archive to use unless `ENVTEST_VERSION` names another. */
export const ENVTEST_VERSION = 'v1.34.1';
const DEFAULT_INDEX_URL =
  'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';
const DEBIAN_BUILD = fileURLToPath(new URL('build-from-debian.sh', import.meta.url));

/** Where to look, and where to tell of it. */
export interface ProvisionOptions {
  environment: Readonly<Record<string, string | undefined>>;
  cacheDirectory: string;
  log: (line: string) => void;
  /** The last resort: puts the binaries into the first folder, with the second for scratch. Takes minutes. */
  build: (into: string, scratch: string) => Promise<void>;
}

/** The binaries cannot be had. Says what was tried. */
export class ProvisionError extends Error {}

/**
 * Finds etcd and kube-apiserver: `KUBEBUILDER_ASSETS`, else the cache, else the published envtest archive
 * (`ENVTEST_INDEX_URL` overrides the address of its index), else a build from Debian's own packages. `ENVTEST_VERSION` asks for one
 * version of the archive, and nothing else will do.
 *
 * @returns the folder that holds both
 */
export async function provision({
  environment,
  cacheDirectory,
  log,
  build,
}: ProvisionOptions): Promise<string> {
  const given = environment.KUBEBUILDER_ASSETS;
  if (given) {
    if (await holdsBinaries(given)) return given;
    throw new ProvisionError(
      `KUBEBUILDER_ASSETS is ${given}, which lacks ${BINARIES.join(' or ')}; correct or unset it.`,
    );
  }

  const version = environment.ENVTEST_VERSION || ENVTEST_VERSION;
  const envtest = {
    name: `envtest-${version}`,
    fetch: (into: string) => downloadEnvtest(environment, version, into, log),
  };
  const debian = {
    name: 'debian-bookworm',
    fetch: (into: string) => withScratch(cacheDirectory, (scratch) => build(into, scratch)),
  };
  const sources = environment.ENVTEST_VERSION ? [envtest] : [envtest, debian];
  for (const { name } of sources) {
    const cached = join(cacheDirectory, name);
    if (await holdsBinaries(cached)) return cached;
  }

  log(
    'etcd and kube-apiserver are not in the cache yet. This happens once; the next runs take them from there.',
  );
  const failures: string[] = [];
  for (const { name, fetch } of sources) {
    const target = join(cacheDirectory, name);
    try {
      await fetchIntoCache(target, fetch);
      log(`etcd and kube-apiserver are in ${target}`);
      return target;
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      failures.push(`${name}: ${failure}`);
      log(`${name} is not to be had: ${failure}`);
    }
  }
  throw new ProvisionError(
    `There are no etcd and kube-apiserver for the tests. Set KUBEBUILDER_ASSETS to a folder with both. Tried:\n${failures.join('\n')}`,
  );
}

/** The options of a normal run. */
export function defaultProvisionOptions(): ProvisionOptions {
  const cacheHome = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return {
    environment: process.env,
    cacheDirectory: join(cacheHome, 'multi-cluster-config-exporter', 'api-server'),
    log: print,
    build: buildFromDebian,
  };
}

function print(line: string): void {
  process.stdout.write(`[provision] ${line}\n`);
}

/** Two runs at once both work, and the first to end wins: the cache only ever holds whole folders. */
async function fetchIntoCache(target: string, fetch: (into: string) => Promise<void>): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true });
  const partial = await mkdtemp(`${target}.partial-`);
  try {
    await fetch(partial);
    if (!(await holdsBinaries(partial))) throw new ProvisionError(`it holds no ${BINARIES.join(' and ')}`);
    await rename(partial, target).catch(async (error: unknown) => {
      if (!(await holdsBinaries(target))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Name of the archive for this machine, as the index of envtest has it. */
export function envtestArchive(version = ENVTEST_VERSION): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return `envtest-${version}-${process.platform}-${architecture}.tar.gz`;
}

async function downloadEnvtest(
  environment: ProvisionOptions['environment'],
  version: string,
  into: string,
  log: ProvisionOptions['log'],
): Promise<void> {
  const indexUrl = environment.ENVTEST_INDEX_URL || DEFAULT_INDEX_URL;
  log(`trying the published envtest archive, listed in ${indexUrl}`);
  const index = (await download(indexUrl, 30_000)).toString('utf8');
  const archive = envtestArchive(version);
  const entry = new RegExp(`${RegExp.escape(archive)}:\\s+hash: ([0-9a-f]{128})\\s+selfLink: (\\S+)`).exec(
    index,
  );
  const [, expectedHash, url] = entry ?? [];
  if (!expectedHash || !url) throw new ProvisionError(`the index does not list ${archive}`);

  const bytes = await download(url, 600_000);
  const hash = createHash('sha512').update(bytes).digest('hex');
  if (hash !== expectedHash)
    throw new ProvisionError(`${archive} does not have the SHA-512 that the index gives`);
  const file = join(into, archive);
  await writeFile(file, bytes);
  // The archive holds controller-tools/envtest/{etcd,kube-apiserver,kubectl}.
  await promisify(execFile)('tar', ['-xzf', file, '-C', into, '--strip-components=2']);
  await rm(file);
}

async function download(url: string, timeoutMs: number): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: Error) => {
    throw new ProvisionError(
      `${url} cannot be reached (${(error.cause as Error | undefined)?.message ?? error.message})`,
    );
  });
  if (!response.ok) throw new ProvisionError(`${url} answers ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

async function withScratch(parent: string, work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = await mkdtemp(join(parent, 'build-'));
  try {
    await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function buildFromDebian(into: string, scratch: string): Promise<void> {
  print("building from Debian's packages: about 125 MB to download, 2 GB of scratch space, 5 to 10 minutes");
  const code = await new Promise<number | null>((resolve, reject) => {
    const build = spawn('bash', [DEBIAN_BUILD, scratch, into], { stdio: ['ignore', 'inherit', 'inherit'] });
    build.on('error', reject);
    build.on('close', resolve);
  });
  if (code !== 0) throw new ProvisionError(`the build ended with exit code ${code}, see above`);
}

async function holdsBinaries(directory: string): Promise<boolean> {
  const checks = BINARIES.map((binary) => access(join(directory, binary), constants.X_OK));
  return (await Promise.allSettled(checks)).every(({ status }) => status === 'fulfilled');
}

if (import.meta.main) {
  try {
    const directory = await provision(defaultProvisionOptions());
    process.stdout.write(`[provision] using etcd and kube-apiserver of ${directory}\n`);
  } catch (error) {
    process.stderr.write(`[provision] ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
