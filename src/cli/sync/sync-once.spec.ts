import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../../../test/sandbox/sandbox-api-server.ts';
import { primusLensEntry } from '../../../test/support/entries.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { kubeconfigFor } from '../../../test/support/exporter-process.ts';
import { LeaseEditor } from '../../../test/support/lease-editor.ts';
import { SecretEditor } from '../../../test/support/secret-editor.ts';
import { runProgram } from '../program.ts';
import { Terminal } from '../terminal.ts';

const READS = [{ verbs: ['get', 'list', 'watch'], resource: 'secrets', names: ['storage-config'] }];
const WRITES_AGGREGATE = {
  when: ({ method, path }: { method: string; path: string }) =>
    method === 'PATCH' && path.endsWith('/secrets/multi-storage-config'),
};
const CONFLICT = {
  kind: 'status',
  status: 409,
  body: '{"kind":"Status","reason":"Conflict","code":409}',
} as const;
/** The environment knows what the exporter is about, so that nobody has to be installed. */
const NAMED = { MCCE_REGISTRY_SECRET: 'multi-k8s-config' };
const UNAVAILABLE = { kind: 'status', status: 503 } as const;

/** What the real API servers of test/e2e/cli-sync.e2e.ts do not do on demand. */
describe('mcce sync, on the sandbox', () => {
  let hub: SandboxApiServer;
  const clusters = new Map<string, SandboxApiServer>();
  let aggregate: SecretEditor;
  let lease: LeaseEditor;
  let directory: string;

  beforeEach(async () => {
    hub = await SandboxApiServer.start('hub');
    hub.authorizer.addAdmin('operator');
    const entries: Record<string, string> = {};
    for (const name of ['east', 'west']) {
      const cluster = await SandboxApiServer.start(name);
      clusters.set(name, cluster);
      cluster.authorizer.addUser('reader', READS);
      await new SecretEditor(cluster.admin, 'storage-config').create({ postgres: `of ${name}` });
      const access = { server: cluster.url, ca: cluster.authority.cert, token: 'reader' };
      entries[name] = primusLensEntry(access);
    }
    await new SecretEditor(hub.admin, 'multi-k8s-config').create(entries);
    aggregate = new SecretEditor(hub.admin, 'multi-storage-config');
    lease = new LeaseEditor(hub.admin, 'multi-cluster-config-exporter');
    directory = await mkdtemp(join(tmpdir(), 'mcce-sync-'));
    const config = kubeconfigFor({ server: hub.url, ca: hub.authority.cert, token: 'operator' });
    await writeFile(join(directory, 'kubeconfig'), JSON.stringify(config));
  });

  afterEach(async () => {
    await Promise.all([hub, ...clusters.values()].map((server) => server.stop()));
    clusters.clear();
    await rm(directory, { recursive: true });
  });

  const sync = async (args: string[] = [], environment: Record<string, string> = NAMED, command = 'sync') => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const terminal = new Terminal(
      { MCCE_LOG_LEVEL: 'fatal', ...environment },
      stdout as unknown as NodeJS.WriteStream,
      stderr as unknown as NodeJS.WriteStream,
    );
    const common = ['--kubeconfig', join(directory, 'kubeconfig')];
    const code = await runProgram([command, ...args, ...common], terminal);
    stdout.end();
    stderr.end();
    return { code, stdout: await text(stdout), stderr: await text(stderr) };
  };
  const cluster = (name: string) => {
    const server = clusters.get(name);
    if (!server) throw new Error(`there is no ${name}`);
    return server;
  };
  const published = async () => [...(await aggregate.data()).keys()].toSorted();

  it.each([
    ['a conflict', CONFLICT],
    ['an API server that is busy', UNAVAILABLE],
  ])('tries again after %s', async (_case, fault) => {
    hub.faults.inject(fault, { ...WRITES_AGGREGATE, times: 1 });

    expect(await sync()).toMatchObject({ code: 0, stderr: '' });
    expect(await published()).toEqual(['east', 'west']);
  });

  it('says in the end why the aggregate was not written, and releases the Lease', async () => {
    hub.faults.inject(UNAVAILABLE, WRITES_AGGREGATE);

    const { code, stderr } = await sync(['--timeout', '1s']);

    expect(code).toBe(2);
    expect(stderr).toMatch(/^mcce: It is not done after 1s\. The aggregate cannot be written\. .*503/);
    expect(await lease.spec()).toMatchObject({ holderIdentity: '' });
  });

  it('says at once that an aggregate is immutable', async () => {
    await aggregate.create({ kept: '{}' }, { immutable: true });
    const startedAt = performance.now();

    const { code, stderr } = await sync();

    expect(code).toBe(2);
    expect(stderr).toMatch(/^mcce: The aggregate cannot be written\. The Secret .* is immutable/);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('says in the end why the Lease was not taken', async () => {
    hub.authorizer.addUser('operator', [
      { verbs: ['get', 'list', 'watch', 'patch', 'create'], resource: 'secrets' },
      { verbs: ['list'], resource: 'configmaps' },
      { verbs: ['list', 'watch'], resource: 'leases' },
    ]);

    const { code, stderr } = await sync(['--timeout', '1s']);

    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^mcce: It is not done after 1s\. Taking the Lease default\/\S+ failed\. .*HTTP 403/,
    );
  });

  it('names who holds the Lease when the time is too short to tell whether he lives', async () => {
    await lease.give('another');

    expect(await sync(['--timeout', '1s'])).toMatchObject({
      code: 2,
      stderr:
        'mcce: It is not done after 1s. another holds the Lease default/multi-cluster-config-exporter.\n',
    });
  });

  it('releases the Lease when Ctrl-C ends it', async () => {
    cluster('west').faults.inject({ kind: 'hang' });
    const ending = sync();
    await eventually(async () => expect(await published()).toEqual(['east']));
    expect((await lease.spec()).holderIdentity).not.toBe('');

    process.emit('SIGINT', 'SIGINT');

    expect(await ending).toEqual({
      code: 2,
      stdout: '',
      stderr: 'mcce: SIGINT ended it before it was done.\n',
    });
    expect((await lease.spec()).holderIdentity).toBe('');
  });

  it('writes nothing without the Lease, not with the environment of the exporter either', async () => {
    const { code, stderr } = await sync([], { MCCE_LEADER_ELECTION: 'false' });

    expect(code).toBe(2);
    expect(stderr).toContain('the exporter takes no Lease');
    expect(await aggregate.read()).toBeUndefined();
  });

  it('finds nothing to change when a source that failed recovers in the end', async () => {
    await sync();
    cluster('east').faults.inject(UNAVAILABLE, { times: 1 });
    cluster('west').faults.inject({ kind: 'delay', ms: 4_000 }, { times: 1 });

    const { code, stdout } = await sync(['-o', 'json'], NAMED, 'diff');

    expect(JSON.parse(stdout)).toMatchObject({ kind: 'Diff', writes: false, changes: [] });
    expect(code).toBe(0);
  });

  describe('where the settings of the exporter may not be read', () => {
    const NOTE =
      'warning: The settings of the exporter cannot be read (configmaps in the namespace default); the settings of the environment and the defaults are used.\n';

    beforeEach(() => {
      hub.authorizer.addUser('operator', [
        { verbs: ['get', 'list', 'watch', 'patch', 'create'], resource: 'secrets' },
        { verbs: ['list', 'watch', 'patch', 'create'], resource: 'leases' },
      ]);
    });

    it('says so once, and continues', async () => {
      expect(await sync([], {})).toMatchObject({ code: 0, stderr: NOTE });
    });

    it.each([
      { MCCE_REGISTRY_SECRET: 'multi-k8s-config' },
      { MCCE_AGGREGATE_SECRET: 'multi-storage-config' },
    ])('says nothing with %j, which tells that the environment knows', async (environment) => {
      expect(await sync([], environment)).toMatchObject({ code: 0, stderr: '' });
    });
  });
});
