import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provisionTools } from '../chart/tools.ts';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { kubeconfigFor, type StatusJson } from '../support/exporter-process.ts';
import { Fleet } from './fleet.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** The commands that a section of docs/extending.md gives, one block each. */
async function commandsOf(heading: string): Promise<string[]> {
  const page = await readFile(join(ROOT, 'docs/extending.md'), 'utf8');
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);
}

describe('an extension, by the commands of docs/extending.md', () => {
  let fleet: Fleet;
  /** As a checkout looks, so that nothing is written into this one. */
  let checkout: string;
  let environment: NodeJS.ProcessEnv;
  let exporter: Child | undefined;

  beforeAll(async () => {
    fleet = await Fleet.start(['east']);
    checkout = await mkdtemp(join(tmpdir(), 'mcce-extending-'));
    for (const each of ['dist', 'node_modules', 'package.json'])
      await symlink(join(ROOT, each), join(checkout, each));
    await cp(join(ROOT, 'examples'), join(checkout, 'examples'), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist)(\/|$)/.test(path.slice(ROOT.length)),
    });
    const { kubectl } = await provisionTools();
    const { server, ca, token } = await fleet.access('east');
    environment = {
      ...process.env,
      PATH: [join(ROOT, 'node_modules/.bin'), dirname(kubectl), process.env.PATH].join(delimiter),
      KUBECONFIG: fleet.hub.kubeconfig,
      EAST_SERVER: server,
      EAST_TOKEN: token,
      EAST_CA: ca,
    };
    await fleet.source('east').create({ postgres: 'one' });
  });

  afterAll(async () => {
    if (exporter?.running && exporter.process.pid) process.kill(-exporter.process.pid, 'SIGTERM');
    await exporter?.ended;
    await fleet?.stop();
    await rm(checkout, { recursive: true, force: true });
  });

  it('is built and tested from the package, and runs in the built exporter with the rights that it says', async () => {
    const [pack, build = '', grant = '', start = ''] = await commandsOf(
      'From nothing to a running extension',
    );
    expect(pack).toBe('npm run package\n');
    await run('node', ['packaging/build-package.ts'], { cwd: ROOT });
    const inOrder = async (...blocks: string[]) =>
      await run('bash', ['-euc', blocks.join('\n')], { cwd: checkout, env: environment, maxBuffer: 2 ** 26 });

    const { stdout } = await inOrder(build);
    expect(stdout).toMatch(/pass [1-9]\d*\n/);
    expect(stdout).toMatch(/fail 0\n/);
    await inOrder('cd my-extension', grant);

    const access = {
      server: fleet.hub.url,
      ca: fleet.hub.authority.cert,
      token: await fleet.exporterToken(),
    };
    const kubeconfig = join(checkout, 'kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(access)), { mode: 0o600 });
    exporter = new Child('bash', ['-euc', `cd my-extension\n${start}`], {
      cwd: checkout,
      detached: true,
      env: { ...environment, KUBECONFIG: kubeconfig, MCCE_HTTP_PORT: '0', MCCE_SYNC_INTERVAL: '1s' },
    });
    const port = await eventually(
      () => {
        const line = /^\{.*"message":"listening".*$/m.exec(exporter?.output ?? '')?.[0];
        if (line === undefined) throw new Error(`it does not listen: ${exporter?.output}`);
        return (JSON.parse(line) as { port: number }).port;
      },
      { timeoutMs: 20_000 },
    );

    await eventually(
      async () =>
        expect(Object.fromEntries(await fleet.aggregate.data())).toEqual({
          east: expect.stringContaining('postgres'),
        }),
      { timeoutMs: 20_000 },
    );
    const summary = '/api/v1/namespaces/default/configmaps/fleet-summary';
    await eventually(async () =>
      expect(await fleet.hub.admin.must('GET', summary)).toMatchObject({ data: { east: 'postgres' } }),
    );
    await eventually(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/status`);
      expect((await response.json()) as StatusJson).toMatchObject({
        registries: [{ name: 'fleet', where: 'ConfigMap default/fleet', state: 'present' }],
        extensions: [{ name: 'fleet', file: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } }],
        outputs: [{ name: 'fleet-summary', state: 'current', applied: 1 }],
      });
    });
    const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { details: object };
    expect(health.details).toMatchObject({ fleet: { status: 'up', clusters: 1 } });

    // Drift, on a real API server.
    await fleet.hub.admin.must('DELETE', summary);
    await eventually(async () =>
      expect(await fleet.hub.admin.must('GET', summary)).toMatchObject({ data: { east: 'postgres' } }),
    );
  }, 240_000);

  it('is part of a program of its own that starts the exporter', async () => {
    const project = join(checkout, 'my-extension');
    await writeFile(
      join(project, 'main.mjs'),
      `import { startExporter } from 'multi-cluster-config-exporter';
       import fleet from './dist/fleet.extension.js';
       const { port, close } = await startExporter({ extensions: [fleet] });
       const status = await (await fetch(\`http://127.0.0.1:\${port}/api/v1/status\`)).json();
       process.stdout.write(\`extensions: \${JSON.stringify(status.extensions)}\\n\`);
       await close();`,
    );

    const { stdout } = await run('node', ['main.mjs'], {
      cwd: project,
      env: {
        ...environment,
        KUBECONFIG: join(checkout, 'kubeconfig'),
        MCCE_HTTP_PORT: '0',
        MCCE_LEADER_ELECTION: 'true',
      },
    });

    expect(stdout).toContain('extensions: [{"name":"fleet"}]');
  });
});
