import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { provisionTools } from '../chart/tools.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('mcce, installed', () => {
  let prefix: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    prefix = await mkdtemp(join(tmpdir(), 'mcce-installed-'));
    const path = [join(prefix, 'bin'), dirname(process.execPath), process.env.PATH].join(':');
    env = { PATH: path, HOME: prefix };
    await run('npm', ['install', '--global', '--prefix', prefix, '--offline', ROOT], { env });
  });

  afterAll(async () => {
    await rm(prefix, { recursive: true, force: true });
  });

  it('is a command', async () => {
    expect((await run('mcce', ['version'], { env })).stdout).toBe(`${packageJson.version}\n`);
  });

  it('is a plugin of kubectl', async () => {
    const { kubectl } = await provisionTools();

    expect((await run(kubectl, ['mcce', 'version'], { env })).stdout).toBe(`${packageJson.version}\n`);
    expect((await run(kubectl, ['plugin', 'list'], { env })).stdout).toContain('/bin/kubectl-mcce');
  });

  it('prints all that it has, however slowly it is read, and ends well when it is not', async () => {
    const registry = join(prefix, 'registry.json');
    const stringData = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`cluster-${index}`, `{"host": "http://10.0.0.${index}"}`]),
    );
    await writeFile(registry, JSON.stringify({ kind: 'Secret', metadata: { name: 'r' }, stringData }));
    const validate = `mcce validate -o json -f ${registry} 2>/dev/null`;
    const shell = async (script: string) =>
      (await run('bash', ['-c', script], { env, maxBuffer: 1e8 })).stdout;

    const slowly = await shell(`${validate} | (sleep 1; cat)`);
    expect((JSON.parse(slowly) as { entries: object[] }).entries).toHaveLength(2_000);
    expect(slowly.length).toBeGreaterThan(200_000);
    expect(await shell(`${validate} | head -c 10 > ${prefix}/head; echo \${PIPESTATUS[0]}`)).toBe('1\n');
  });

  it('says so when the Node.js in the PATH is too old', async () => {
    const old = { ...env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(OLD_NODE)}` };

    await expect(run('mcce', ['version'], { env: old })).rejects.toMatchObject({
      code: 2,
      stderr: 'mcce: needs Node.js 24 or newer, and this is 20.0.0\n',
    });
  });
});

/** Makes Node.js say that it is another version. */
const OLD_NODE =
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } })";
