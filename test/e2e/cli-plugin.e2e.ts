import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
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
