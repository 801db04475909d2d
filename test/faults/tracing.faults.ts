import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultyRequest } from '../sandbox/faults.ts';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { freePort } from '../support/free-port.ts';
import { MCCE } from '../support/mcce.ts';
import { OtlpReceiver } from '../support/otlp-receiver.ts';
import { FaultRig, valueOf } from './fault-rig.ts';

const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));
const TROUBLE = 'traces are not exported, or not all of them';

describe('traces of the built exporter', () => {
  const receivers: OtlpReceiver[] = [];
  let rig: FaultRig;

  beforeEach(async () => {
    rig = await FaultRig.start(['east']);
  });

  afterEach(async () => {
    await rig.stop();
    for (const receiver of receivers.splice(0)) await receiver.stop();
  });

  const collector = async (status: number | 'never' = 200) => {
    const receiver = await OtlpReceiver.start(status);
    receivers.push(receiver);
    return receiver;
  };
  const startTraced = async (url: string, settings: Record<string, string> = {}) => {
    const exporter = await rig.startExporter({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      ...settings,
    });
    await exporter.waitUntilReady();
    return exporter;
  };
  const expectPublished = (text: string) =>
    eventually(async () => expect((await rig.aggregate.data()).get('east')).toBe(valueOf(text)));
  const troubleOf = (exporter: ExporterProcess) =>
    exporter.log.filter(({ message, level }) => message === TROUBLE && level === 'warn');

  /** Runs it with a copy of the built service that lacks the file with the SDK. */
  const withoutSdk = async (run: (program: string) => Promise<void>) => {
    const directory = await mkdtemp(join(tmpdir(), 'mcce-tracing-'));
    try {
      await cp(dirname(MCCE), join(directory, 'dist'), {
        recursive: true,
        filter: (path) => !path.endsWith('/dist/tracing.js'),
      });
      await cp(PACKAGE, join(directory, 'package.json'));
      await run(join(directory, 'dist', 'mcce.js'));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };

  it('arrive, and the log has their ids', async () => {
    const receiver = await collector();
    const exporter = await startTraced(receiver.url, {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    await expectPublished('east 1');
    rig.cluster('east').faults.inject({ kind: 'status', status: 500 });
    rig.cluster('east').cutConnections();

    const retry = await eventually(() => {
      const found = receiver
        .named('read source')
        .find(({ attributes }) => attributes['mcce.trigger'] === 'retry');
      if (!found) throw new Error('no further try was exported');
      return found;
    });
    const [pass] = receiver.named('pass');
    expect(pass).toMatchObject({
      parentSpanId: '',
      failed: false,
      attributes: { 'mcce.trigger': 'start', 'mcce.clusters': 1 },
      resource: {
        'service.name': 'multi-cluster-config-exporter',
        'service.version': expect.stringMatching(/^\d+\.\d+\.\d+$/),
        'service.instance.id': expect.stringMatching(/./),
        'deployment.environment.name': 'test',
      },
    });
    const [read] = receiver.named('read source');
    expect(read).toMatchObject({
      parentSpanId: pass?.spanId,
      traceId: pass?.traceId,
      failed: false,
      attributes: { 'mcce.remote_cluster': 'east', 'mcce.reason': 'ok' },
    });
    expect(retry).toMatchObject({
      failed: true,
      parentSpanId: '',
      attributes: { 'mcce.reason': 'server_error', 'error.type': 'server_error' },
    });
    const publication = receiver
      .named('publish aggregate')
      .find(({ links }) => links.includes(read?.spanId ?? ''));
    expect(publication).toMatchObject({ parentSpanId: '', attributes: { 'mcce.result': 'ok' } });

    const line = (message: string) => exporter.log.find((candidate) => candidate.message === message);
    expect(line('pass ended')).toMatchObject({ trace_id: pass?.traceId, span_id: pass?.spanId });
    expect(line('source read')).toMatchObject({ trace_id: read?.traceId, span_id: read?.spanId });
    expect(line('aggregate written')).toMatchObject({ span_id: publication?.spanId });
    expect(line('listening')).not.toHaveProperty('trace_id');
    expect(receiver.headers[0]?.authorization).toBe('canary');
    expect(exporter.output).not.toContain('canary');
    expect(troubleOf(exporter)).toEqual([]);
  });

  it('that were not exported yet arrive when it stops, that of the last write among them', async () => {
    const receiver = await collector();
    const exporter = await startTraced(receiver.url, { OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await expectPublished('east 1');
    expect(receiver.spans).toEqual([]);

    expect(await exporter.stop()).toBe(0);

    expect(receiver.named('publish aggregate').map(({ attributes }) => attributes['mcce.result'])).toContain(
      'ok',
    );
  });

  it('are neither made nor exported, and nothing of the SDK is loaded, when nobody asks for them', async () => {
    await withoutSdk(async (program) => {
      const receiver = await collector();
      const exporter = await rig.startExporter(
        { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_EXPORTER: 'none' },
        { program },
      );
      await expectPublished('east 1');
      expect(await exporter.stop()).toBe(0);
      expect(exporter.output).not.toContain('trace_id');
      expect(receiver.bodies).toEqual([]);

      const asked = rig.startExporter({ OTEL_TRACES_EXPORTER: 'otlp' }, { program });
      await expect(asked).rejects.toThrow(/ERR_MODULE_NOT_FOUND/);
    });
  });

  it.each([
    ['is down', async () => `http://127.0.0.1:${await freePort()}`, { err: { code: 'ECONNREFUSED' } }],
    ['hangs', async () => (await collector('never')).url, {}],
    ['refuses', async () => (await collector(401)).url, { status: 401 }],
  ])('cost one warning when the collector %s, and never the service', async (_what, start, expected) => {
    const exporter = await startTraced(await start());
    await expectPublished('east 1');
    await eventually(() => expect(troubleOf(exporter)).toMatchObject([expected]));
    rig.cluster('east').editSecret('storage-config', { opensearch: 'east 2' });
    await expectPublished('east 2');
    await delay(3_000);
    expect(troubleOf(exporter)).toHaveLength(1);
    expect(exporter.output).not.toContain('canary');

    const startedAt = performance.now();
    expect(await exporter.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('hold up neither start nor stop when the collector hangs for as long as it may', async () => {
    const { url } = await collector('never');
    const exporter = await startTraced(url, { OTEL_EXPORTER_OTLP_TIMEOUT: '30000' });
    await expectPublished('east 1');

    const startedAt = performance.now();
    expect(await exporter.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it.each([
    ['writes', ({ method, path }: FaultyRequest) => method === 'PATCH' && path.includes('/secrets/')],
    ['everything', () => true],
  ])('leave a stop its 10 s when the hub hangs on %s as well', async (_what, when) => {
    const { url } = await collector('never');
    const exporter = await startTraced(url, {
      OTEL_EXPORTER_OTLP_TIMEOUT: '30000',
      MCCE_LEADER_ELECTION: 'true',
    });
    await expectPublished('east 1');
    rig.hub.faults.inject({ kind: 'hang' }, { when });
    rig.cluster('east').editSecret('storage-config', { opensearch: 'east 2' });
    await delay(500);

    const startedAt = performance.now();
    expect(await exporter.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'console' }, 'OTEL_TRACES_EXPORTER must be otlp or none'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:canary@collector', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf',
    ],
  ])('that cannot be had as asked for end the start with exit code 78: %o', async (environment, message) => {
    const env = { PATH: process.env.PATH, KUBECONFIG: '/nonexistent', ...environment };
    const child = new Child(process.execPath, [MCCE, 'run'], { env });

    expect(await child.ended).toBe(78);
    expect(child.output).toContain('MCCE_TRACING_SETTINGS_INVALID');
    expect(child.output).toContain(message);
    expect(child.output).not.toContain('canary');
  });
});
