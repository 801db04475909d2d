import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { Canaries } from '../support/canaries.ts';
import { Child } from '../support/child.ts';
import { MCCE } from '../support/mcce.ts';
import { kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { OtlpReceiver } from '../support/otlp-receiver.ts';
import { SecretEditor } from '../support/secret-editor.ts';

describe('secrets', () => {
  const canaries = new Canaries();
  let hub: SandboxApiServer;
  let east: SandboxApiServer;
  let collector: OtlpReceiver;
  let exporter: ExporterProcess;

  beforeAll(async () => {
    hub = await SandboxApiServer.start('hub', { bookmarkMs: 100 });
    east = await SandboxApiServer.start('east');
    collector = await OtlpReceiver.start();
    const token = canaries.make('token of the hub');
    hub.authorizer.addAdmin(token);
    exporter = await ExporterProcess.start(
      { server: hub.url, ca: hub.authority.cert, token },
      {
        MCCE_LOG_LEVEL: 'trace',
        MCCE_LEADER_ELECTION: 'true',
        MCCE_SYNC_INTERVAL: '1s',
        MCCE_READ_TIMEOUT: '500ms',
        MCCE_MISSING_GRACE: '1s',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=${canaries.make('header for the collector')}`,
        OTEL_BSP_SCHEDULE_DELAY: '200',
      },
    );
  });

  afterAll(async () => {
    await exporter?.stop('SIGKILL');
    await Promise.all([hub?.stop(), east?.stop(), collector?.stop()]);
  });

  it('can be found by this test, if they are there', () => {
    const own = new Canaries();
    const secret = own.make('here');
    const texts = [
      secret,
      secret.slice(0, 20),
      btoa(`{"token":"${secret}"}`),
      Buffer.from(secret).toString('hex'),
    ];

    expect(texts.map((text) => own.foundIn(`before ${text} after`))).toEqual(texts.map(() => ['here']));
  });

  it('leave no trace in log, status, stream, timeline, health, metrics, Events and spans, on the good paths and the bad', async () => {
    const registry = new SecretEditor(hub.admin, 'multi-k8s-config');
    const aggregate = new SecretEditor(hub.admin, 'multi-storage-config');
    const source = new SecretEditor(east.admin, 'storage-config');
    const pages: string[] = [];
    const stream = await fetch(`http://127.0.0.1:${exporter.port}/api/v1/status/stream`);
    const following = (async () => {
      for await (const chunk of stream.body ?? []) pages.push(Buffer.from(chunk).toString('utf8'));
    })().catch(() => undefined);
    const visit = async () => {
      for (const path of [
        '/',
        '/api/v1/status',
        '/api/v1/timeline',
        '/health',
        '/metrics',
        '/readyz',
        '/livez',
        '/nothing',
        '/api/v1/status?x=%',
      ]) {
        pages.push((await exporter.get(path)).text);
      }
    };
    const expectCluster = (name: string, expected: object) =>
      eventually(async () => {
        await visit();
        expect(await exporter.cluster(name)).toMatchObject(expected);
      });

    // The good paths: tokens, a client certificate, awkward values.
    const token = canaries.make('token of an entry');
    east.authorizer.addUser(token, [{ verbs: ['get'], resource: 'secrets' }]);
    const client = await east.authority.issue({ commonName: 'reader' });
    const access = { server: east.url, ca: east.authority.cert, token };
    const withKey = { certData: client.cert, keyData: canaries.add('private key of an entry', client.key) };
    await source.create(
      { postgres: JSON.stringify({ password: canaries.make('value of a source') }) },
      {
        metadata: { name: 'storage-config', annotations: { last: canaries.make('annotation of a source') } },
      },
    );
    await aggregate.create({
      gone: JSON.stringify({ a: btoa(canaries.make('foreign value of the aggregate')) }),
    });
    await registry.create({
      good: primusLensEntry(access, withKey),
      kubeconfig: kubeconfigEntry(access),
      exec: kubeconfigEntry(access, { user: { exec: { command: canaries.make('command'), args: ['x'] } } }),
      basic: kubeconfigEntry(access, { user: { username: 'x', password: canaries.make('password') } }),
      path: JSON.stringify({ kubeconfig: `/run/${canaries.make('path')}` }),
      userinfo: primusLensEntry({ ...access, server: `https://x:${canaries.make('user info')}@127.0.0.1` }),
      proxy: kubeconfigEntry(access, {
        cluster: { 'proxy-url': `http://x:${canaries.make('proxy')}@127.0.0.1:1` },
      }),
      unknown: primusLensEntry(access, { surprise: canaries.make('unknown field') }),
      broken: `host: "https://x\nbearerToken: ${canaries.make('broken YAML')}`,
      json: `{"host": "https://x", "bearerToken": "${canaries.make('broken JSON')}`,
      header: primusLensEntry({ ...access, token: `${canaries.make('token with a line break')}\r\nx: y` }),
      key: primusLensEntry(access, {
        certData: client.cert,
        keyData: `-----BEGIN PRIVATE KEY-----\n${canaries.make('broken key')}`,
      }),
      foreign: primusLensEntry({ ...access, token: canaries.make('token that is not accepted') }),
      nowhere: primusLensEntry({ ...access, server: 'https://127.0.0.1:1' }),
    });
    await expectCluster('good', { state: 'synced' });
    await expectCluster('kubeconfig', { state: 'synced' });
    for (const name of [
      'exec',
      'basic',
      'path',
      'userinfo',
      'proxy',
      'unknown',
      'broken',
      'json',
      'header',
      'key',
    ]) {
      await expectCluster(name, { state: 'rejected' });
    }
    await expectCluster('foreign', { reason: 'unauthorized' });
    await expectCluster('nowhere', { reason: 'connect' });

    // Answers that say too much.
    const status = (place: string, code: number) => ({
      kind: 'status' as const,
      status: code,
      headers: { 'x-debug': canaries.make(`header of ${place}`) },
      body: JSON.stringify({
        kind: 'Status',
        message: canaries.make(place),
        reason: canaries.make(`reason of ${place}`),
      }),
    });
    for (const [code, reason] of [
      [401, 'unauthorized'],
      [403, 'forbidden'],
      [404, 'server_error'],
      [429, 'rate_limited'],
      [500, 'server_error'],
    ] as const) {
      const lift = east.faults.inject(status(`body of ${code}`, code));
      await expectCluster('good', { state: 'stale', reason });
      lift();
    }
    for (const body of [
      `garbage ${canaries.make('garbage body')}`,
      `{"kind":"Secret","metadata":"${canaries.make('odd body')}"}`,
    ]) {
      const lift = east.faults.inject({ kind: 'body', body });
      await expectCluster('good', { state: 'stale', reason: 'server_error' });
      lift();
      await expectCluster('good', { state: 'synced' });
    }
    for (const fault of [{ kind: 'reset' }, { kind: 'hang' }, { kind: 'drop' }] as const) {
      const lift = east.faults.inject(fault);
      await expectCluster('good', { state: 'stale' });
      lift();
      await expectCluster('good', { state: 'synced' });
    }

    // The hub says too much: in a watch, to a list, to a write.
    hub.watches.write(`{"type":"MODIFIED","object":"${canaries.make('broken watch')}\n`);
    hub.watches.write(
      `{"type":"ERROR","object":{"kind":"Status","code":500,"message":"${canaries.make('watch error')}"}}\n`,
    );
    const lift = hub.faults.inject(status('body of a write', 500), {
      when: ({ method }) => method === 'PATCH',
    });
    await source.edit({ postgres: canaries.make('next value of a source') });
    await eventually(async () => {
      await visit();
      expect((await exporter.status()).aggregate.state).toBe('failing');
    });
    lift();
    await eventually(async () => expect((await exporter.status()).aggregate.state).toBe('published'));

    // Hand edits of the aggregate, a source that goes, entries that go, a stop.
    await aggregate.edit({ good: canaries.make('hand edit'), junk: canaries.make('junk') });
    await eventually(async () => expect((await aggregate.data()).has('junk')).toBe(false));
    await source.delete();
    await expectCluster('good', { state: 'missing', published: false });
    await registry.delete();
    await eventually(async () => expect((await exporter.status()).registry.state).toBe('missing'));
    await visit();
    expect(await exporter.stop()).toBe(0);
    await following;

    expect(exporter.log.length).toBeGreaterThan(100);
    expect(canaries.foundIn(exporter.output)).toEqual([]);
    expect(pages.filter((page) => page.startsWith('id: ')).length).toBeGreaterThan(3);
    expect(canaries.foundIn(pages.join('\n'))).toEqual([]);
    const events = await hub.admin.must('GET', '/apis/events.k8s.io/v1/namespaces/default/events');
    expect(events.items?.length).toBeGreaterThan(0);
    expect(canaries.foundIn(JSON.stringify(events))).toEqual([]);
    expect(collector.spans.filter(({ failed }) => failed).length).toBeGreaterThan(10);
    expect(canaries.foundIn(Buffer.concat(collector.bodies).toString('latin1'))).toEqual([]);
  });

  it('leave no trace when the exporter cannot start', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mcce-secrecy-'));
    const kubeconfig = join(directory, 'kubeconfig');
    await writeFile(
      kubeconfig,
      `users: [{name: x, user: {token: "${canaries.make('broken kubeconfig of the hub')}`,
    );
    const startWith = async (environment: Record<string, string>) => {
      const child = new Child(process.execPath, [MCCE, 'run'], {
        env: { PATH: process.env.PATH, HOME: directory, ...environment },
      });
      return [await child.ended, canaries.foundIn(child.output), child.output] as const;
    };
    try {
      const secret = canaries.make('setting');
      const [settingsCode, settingsTraces, settingsOutput] = await startWith({
        MCCE_SYNC_INTERVAL: secret,
        MCCE_HTTP_PORT: secret,
      });
      const [hubCode, hubTraces] = await startWith({ KUBECONFIG: kubeconfig });

      expect([settingsCode, settingsTraces]).toEqual([78, []]);
      expect(settingsOutput).toMatch(/MCCE_SYNC_INTERVAL.*MCCE_HTTP_PORT/);
      expect([hubCode, hubTraces]).toEqual([78, []]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
