import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../../../test/sandbox/sandbox-api-server.ts';
import { type EntryAccess, kubeconfigEntry, primusLensEntry } from '../../../test/support/entries.ts';
import { kubeconfigFor } from '../../../test/support/exporter-process.ts';
import { SecretEditor } from '../../../test/support/secret-editor.ts';
import { startTunnelProxy } from '../../../test/support/tunnel-proxy.ts';
import { runProgram } from '../program.ts';
import { Terminal } from '../terminal.ts';
import type { CheckReport, TargetReport } from './check-report.ts';

const DAY_MS = 86_400_000;
const READS = [{ verbs: ['get', 'list', 'watch'], resource: 'secrets', names: ['storage-config'] }];

/** What the real API servers of test/e2e/cli-check.e2e.ts do not do on demand. */
describe('mcce check, on the sandbox', () => {
  let hub: SandboxApiServer;
  let east: SandboxApiServer;
  let directory: string;
  let access: EntryAccess;

  beforeEach(async () => {
    hub = await SandboxApiServer.start('hub');
    east = await SandboxApiServer.start('east');
    hub.authorizer.addAdmin('operator');
    east.authorizer.addUser('reader', READS);
    await new SecretEditor(east.admin, 'storage-config').create({ key: 'value' });
    access = { server: east.url, ca: east.authority.cert, token: 'reader' };
    await new SecretEditor(hub.admin, 'multi-k8s-config').create({ east: primusLensEntry(access) });
    directory = await mkdtemp(join(tmpdir(), 'mcce-check-'));
    const config = kubeconfigFor({ server: hub.url, ca: hub.authority.cert, token: 'operator' });
    await writeFile(join(directory, 'kubeconfig'), JSON.stringify(config));
  });

  afterEach(async () => {
    await Promise.all([hub.stop(), east.stop()]);
    await rm(directory, { recursive: true });
  });

  const check = async (environment: Record<string, string> = {}) => {
    const stdout = new PassThrough();
    const stream = stdout as unknown as NodeJS.WriteStream;
    const terminal = new Terminal(environment, stream, stream);
    const args = ['check', '--kubeconfig', join(directory, 'kubeconfig'), '-o', 'json'];
    const code = await runProgram(args, terminal);
    stdout.end();
    const report = JSON.parse(await text(stdout)) as CheckReport;
    const [cluster] = report.clusters as [TargetReport];
    return { code, hub: report.hub, cluster };
  };
  const step = ({ steps }: TargetReport, name: string) => steps.find((candidate) => candidate.step === name);

  it('warns of a server certificate that ends soon', async () => {
    const hosts = ['127.0.0.1'];
    const notAfter = new Date(Date.now() + 3.5 * DAY_MS);
    east.useCertificate(await east.authority.issue({ commonName: 'east', hosts, notAfter }));

    const { code, cluster } = await check();

    expect(code).toBe(0);
    expect(step(cluster, 'TLS')).toMatchObject({
      verdict: 'warning',
      message: 'The server certificate expires in 3d.',
    });
  });

  it('fails at a server certificate that ended', async () => {
    const hosts = ['127.0.0.1'];
    const notAfter = new Date(Date.now() - 1_000);
    const notBefore = new Date(Date.now() - DAY_MS);
    east.useCertificate(await east.authority.issue({ commonName: 'east', hosts, notBefore, notAfter }));

    const { code, cluster } = await check();

    expect(code).toBe(1);
    expect(step(cluster, 'TLS')).toMatchObject({ verdict: 'failed', remedy: 'Renew it on the API server.' });
  });

  it('warns where TLS is not verified, and continues', async () => {
    const entry = { insecureSkipTLSVerify: true, caData: '' };
    hub.editSecret('multi-k8s-config', { east: primusLensEntry(access, entry) });

    const { code, cluster } = await check({ MCCE_ALLOW_INSECURE_TLS: 'true' });

    expect(code).toBe(0);
    expect(step(cluster, 'TLS')).toMatchObject({ verdict: 'warning' });
    expect(step(cluster, 'source')).toMatchObject({ verdict: 'good' });
  });

  it('goes through a proxy, and leaves TLS to its tunnel', async () => {
    const proxy = await startTunnelProxy();
    const entry = kubeconfigEntry(access, { cluster: { 'proxy-url': proxy.url.href } });
    hub.editSecret('multi-k8s-config', { east: entry });

    const { code, cluster } = await check({ MCCE_ALLOW_PROXY: 'true' });

    await proxy.close();
    expect(code).toBe(0);
    expect(step(cluster, 'TCP')).toMatchObject({
      verdict: 'good',
      message: `to the proxy ${proxy.url.host}`,
    });
    expect(step(cluster, 'TLS')).toMatchObject({ verdict: 'skipped' });
    expect(step(cluster, 'payload')).toMatchObject({ verdict: 'good' });
  });

  it('finds behind a proxy what the TLS step would have found', async () => {
    const proxy = await startTunnelProxy();
    const entry = kubeconfigEntry(
      { ...access, ca: hub.authority.cert },
      { cluster: { 'proxy-url': proxy.url.href } },
    );
    hub.editSecret('multi-k8s-config', { east: entry });

    const { cluster } = await check({ MCCE_ALLOW_PROXY: 'true' });

    await proxy.close();
    expect(step(cluster, 'authentication')).toMatchObject({
      verdict: 'failed',
      message: expect.stringContaining("The server's certificate is not accepted"),
    });
  });

  it('continues where nobody may ask for permissions', async () => {
    const when = ({ path }: { path: string }) => path.endsWith('selfsubjectaccessreviews');
    for (const server of [hub, east]) server.faults.inject({ kind: 'status', status: 403 }, { when });

    const { code, hub: hubReport, cluster } = await check();

    expect(code).toBe(0);
    for (const target of [hubReport, cluster]) {
      expect(step(target, 'authentication')).toMatchObject({ verdict: expect.not.stringMatching('failed') });
      expect(step(target, 'permission')).toMatchObject({ verdict: 'warning' });
    }
    expect(step(cluster, 'source')).toMatchObject({ verdict: 'good' });
  });

  it.each([
    ['never answers', { kind: 'hang' }, 'The server did not answer in time.'],
    ['is no API server', { kind: 'body', body: '<html>' }, 'The server gave an answer that cannot be used.'],
  ] as const)('fails at authentication at a server that %s', async (_what, fault, message) => {
    east.faults.inject(fault);

    const { code, cluster } = await check({ MCCE_READ_TIMEOUT: '1s' });

    expect(code).toBe(1);
    expect(step(cluster, 'authentication')).toMatchObject({ verdict: 'failed', message });
  });

  it.each([
    ['hangs', ['sleep', '2'], "The program that the kubeconfig's user names did not exit in time."],
    ['fails', ['sh', '-c', 'echo canary >&2; exit 1'], 'The kubeconfig does not yield credentials.'],
    ['is not there', ['/nowhere/login'], 'The kubeconfig does not yield credentials (ENOENT).'],
  ])('ends with 2 where the program of the kubeconfig %s', async (_what, [command, ...args], message) => {
    const config = kubeconfigFor({ server: hub.url, ca: hub.authority.cert, token: '' });
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, args };
    const users = [{ name: 'exporter', user: { exec } }];
    await writeFile(join(directory, 'kubeconfig'), JSON.stringify({ ...config, users }));

    const { code, hub: report } = await check({ MCCE_READ_TIMEOUT: '1s' });

    expect(code).toBe(2);
    expect(step(report, 'kubeconfig')).toMatchObject({
      verdict: 'failed',
      message,
      remedy: expect.any(String),
    });
    expect(JSON.stringify(report)).not.toContain('canary');
  });

  it('ends with 2 at a hub that never answers', async () => {
    hub.faults.inject({ kind: 'hang' });

    const { code, hub: report } = await check({ MCCE_READ_TIMEOUT: '1s' });

    expect(code).toBe(2);
    expect(step(report, 'authentication')).toMatchObject({ verdict: 'failed' });
  });

  it('asks for no more than the settings need', async () => {
    east.authorizer.addUser('reader', [{ verbs: ['get'], resource: 'secrets' }]);

    const polling = await check({ MCCE_WATCH_SOURCES: 'false' });
    const watching = await check();

    expect(step(polling.cluster, 'permission')).toMatchObject({ verdict: 'good' });
    expect(step(watching.cluster, 'permission')).toMatchObject({ verdict: 'warning' });
  });

  it('writes nothing', async () => {
    for (const server of [hub, east]) server.requests.length = 0;

    await check();

    const asked = [...hub.requests, ...east.requests].filter((request) => !request.startsWith('GET '));
    expect(new Set(asked)).toEqual(new Set(['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews']));
  });
});
