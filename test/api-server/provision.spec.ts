import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVTEST_VERSION, envtestArchive, provision } from './provision.ts';

describe('provision', () => {
  let directory: string;
  let server: Server;
  let files: Map<string, Buffer>;
  let origin: string;
  let built: number;
  let lines: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcce-provision-'));
    files = new Map();
    built = 0;
    lines = [];
    server = createServer((request, response) => {
      const file = files.get(request.url ?? '');
      response.writeHead(file ? 200 : 404).end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true, force: true });
  });

  const cacheDirectory = () => join(directory, 'cache');
  const run = (environment: Record<string, string> = {}, build = buildBinaries) =>
    provision({
      environment: { ENVTEST_INDEX_URL: `${origin}/index.yaml`, ...environment },
      cacheDirectory: cacheDirectory(),
      log: (line) => lines.push(line),
      build,
    });
  const buildBinaries = async (into: string) => {
    built++;
    await writeBinaries(into, 'built');
  };
  const writeBinaries = async (into: string, content: string) => {
    await mkdir(into, { recursive: true });
    for (const name of ['etcd', 'kube-apiserver'])
      await writeFile(join(into, name), content, { mode: 0o755 });
  };
  /** Serves an archive as envtest publishes it. */
  const publish = async (hash?: string, version = ENVTEST_VERSION) => {
    const content = join(directory, 'content');
    await writeBinaries(join(content, 'controller-tools/envtest'), 'published');
    const bytes = execFileSync('tar', ['-cz', '-C', content, 'controller-tools']);
    files.set('/archive', bytes);
    const sum = hash ?? createHash('sha512').update(bytes).digest('hex');
    const index = `releases:\n  ${version}:\n    ${envtestArchive(version)}:\n      hash: ${sum}\n      selfLink: ${origin}/archive\n`;
    files.set('/index.yaml', Buffer.from(index));
  };
  const contentOf = async (folder: string) => await readFile(join(folder, 'etcd'), 'utf8');

  it('takes the folder that KUBEBUILDER_ASSETS names', async () => {
    const assets = join(directory, 'assets');
    await writeBinaries(assets, 'given');

    expect(await run({ KUBEBUILDER_ASSETS: assets })).toBe(assets);
  });

  it('refuses a KUBEBUILDER_ASSETS that lacks them, and does not look elsewhere', async () => {
    await expect(run({ KUBEBUILDER_ASSETS: directory })).rejects.toThrow(
      /KUBEBUILDER_ASSETS.*correct or unset/,
    );
    expect(built).toBe(0);
  });

  it('downloads the published archive once, and then takes it from the cache', async () => {
    await publish();

    const first = await run();
    files.clear();
    const second = await run();

    expect(await contentOf(first)).toBe('published');
    expect(second).toBe(first);
    expect(built).toBe(0);
  });

  it('downloads the version that ENVTEST_VERSION names, and keeps it apart', async () => {
    await publish(undefined, 'v1.25.0');

    const folder = await run({ ENVTEST_VERSION: 'v1.25.0' });

    expect(await contentOf(folder)).toBe('published');
    expect(folder).toMatch(/envtest-v1\.25\.0$/);
  });

  it('takes nothing else where ENVTEST_VERSION names a version that is not published', async () => {
    await publish();

    await expect(run({ ENVTEST_VERSION: 'v1.19.0' })).rejects.toThrow('does not list envtest-v1.19.0');
    expect(built).toBe(0);
  });

  it('builds when the archive cannot be had, and says why', async () => {
    const folder = await run();

    expect(await contentOf(folder)).toBe('built');
    expect(lines.join('\n')).toMatch(/answers 404/);
  });

  it('does not use an archive with another checksum than the index gives', async () => {
    await publish('0'.repeat(128));

    expect(await contentOf(await run())).toBe('built');
    expect(lines.join('\n')).toContain('SHA-512');
  });

  it('fails with everything that it tried, and leaves nothing half done in the cache', async () => {
    const failing = run({}, () => Promise.reject(new Error('no compiler')));

    await expect(failing).rejects.toThrow(/KUBEBUILDER_ASSETS[^]*404[^]*no compiler/);
    expect(await readdir(cacheDirectory())).toEqual([]);
  });

  it('works twice at once', async () => {
    const [one, other] = await Promise.all([run(), run()]);

    expect(one).toBe(other);
    expect(await contentOf(one)).toBe('built');
    expect(await readdir(cacheDirectory())).toHaveLength(1);
  });
});
