import { Writable } from 'node:stream';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoggerOptions, pino } from 'pino';
import { parseSettings } from '../../src/base/config/settings.ts';
import { loggerOptions } from '../../src/base/logging/logger-options.ts';
import { inSpan } from '../../src/base/tracing/in-span.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

describe('the service, traced', () => {
  const exporter = new InMemorySpanExporter();
  let rig: ServiceRig;

  beforeEach(async () => {
    exporter.reset();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    );
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
    trace.disable();
    context.disable();
  });

  const spans = (name: string, attributes: Record<string, unknown> = {}): ReadableSpan[] =>
    exporter
      .getFinishedSpans()
      .filter((span) => span.name === name)
      .filter((span) => Object.entries(attributes).every(([key, value]) => span.attributes[key] === value));
  const one = (name: string, attributes: Record<string, unknown> = {}): Promise<ReadableSpan> =>
    eventually(() => {
      const [span] = spans(name, attributes);
      if (!span) throw new Error(`there is no span ${name} with ${JSON.stringify(attributes)}`);
      return span;
    });
  const idOf = (span: ReadableSpan) => span.spanContext().spanId;

  it('has a pass, the read in it, and a publication that names who asked for it', async () => {
    await rig.registry.create({ east: rig.entry() });
    await rig.startService();
    await rig.expectPublished('one');

    const pass = await one('pass', { 'mcce.trigger': 'start' });
    expect(pass.parentSpanContext).toBeUndefined();
    expect(pass.attributes).toEqual({ 'mcce.trigger': 'start', 'mcce.clusters': 1 });
    const read = await one('read source');
    expect(read.parentSpanContext?.spanId).toBe(idOf(pass));
    expect(read.attributes).toEqual({
      'mcce.remote_cluster': 'east',
      'mcce.trigger': 'start',
      'mcce.reason': 'ok',
    });
    const publication = await one('publish aggregate', { 'mcce.result': 'ok' });
    expect(publication.parentSpanContext).toBeUndefined();
    expect(publication.attributes).toEqual({
      'mcce.result': 'ok',
      'mcce.aggregate.keys': 1,
      'mcce.aggregate.bytes': expect.any(Number),
    });
    expect(publication.links.map((link) => link.context.spanId)).toContain(idOf(read));
  });

  it('has a change that the watch brought as a root, and as what its publication is for', async () => {
    await rig.registry.create({ east: rig.entry() });
    const service = await rig.startService();
    await rig.expectPublished('one');
    await eventually(async () =>
      expect(await (await rig.get('/metrics')).text()).toContain(
        'mcce_remote_cluster_watch_connected{remote_cluster="east"} 1',
      ),
    );
    exporter.reset();
    await rig.source.edit({ postgres: 'two' });
    await rig.expectPublished('two');

    const read = await one('read source', { 'mcce.trigger': 'watch' });
    expect(read.parentSpanContext).toBeUndefined();
    const publication = await one('publish aggregate', { 'mcce.result': 'ok' });
    expect(publication.parentSpanContext).toBeUndefined();
    expect(publication.links.map((link) => link.context.spanId)).toEqual([idOf(read)]);
    expect(service).toBeDefined();
  });

  it('marks a read that fails, and has the next try as a root', async () => {
    await rig.registry.create({ east: rig.entry() });
    rig.east.faults.inject({ kind: 'status', status: 503 });
    await rig.startService();

    const failed = await one('read source', { 'mcce.reason': 'server_error', 'mcce.trigger': 'start' });
    expect(failed.status).toEqual({ code: 2 });
    expect(failed.attributes['error.type']).toBe('server_error');
    expect(failed.events).toEqual([]);
    const retry = await one('read source', { 'mcce.trigger': 'retry' });
    expect(retry.parentSpanContext).toBeUndefined();
  });

  it('marks a publication that fails, and has the next try as a root', async () => {
    await rig.registry.create({ east: rig.entry() });
    const lift = rig.hub.faults.inject(
      { kind: 'status', status: 503 },
      { when: ({ method }) => method === 'PATCH' },
    );
    await rig.startService();

    const failed = await one('publish aggregate', { 'mcce.result': 'error' });
    expect(failed.status).toEqual({ code: 2 });
    expect(failed.attributes['error.type']).toBe('server_error');
    expect(failed.events).toEqual([]);
    lift();
    const next = await one('publish aggregate', { 'mcce.result': 'ok' });
    expect(next.parentSpanContext).toBeUndefined();
  });

  it('has no parent but a pass, and no pass with one, however long it runs', async () => {
    await rig.registry.create({ east: rig.entry(), west: rig.entry() });
    await rig.startService({ MCCE_SYNC_INTERVAL: '1s', MCCE_WATCH_SOURCES: 'false' });
    await eventually(() => expect(spans('pass').length).toBeGreaterThan(2));

    const passes = new Set(spans('pass').map(idOf));
    const parents = exporter
      .getFinishedSpans()
      .filter(({ name }) => name !== 'read source')
      .map(({ parentSpanContext }) => parentSpanContext);
    expect(new Set(parents)).toEqual(new Set([undefined]));
    const readsIn = spans('read source').map(({ parentSpanContext }) => parentSpanContext?.spanId ?? 'none');
    expect(readsIn.length).toBeGreaterThan(4);
    expect(readsIn.filter((parent) => !passes.has(parent)).length).toBeLessThanOrEqual(2);
  });

  it('has the ids of the span in the lines of the log, and none outside', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const { pinoHttp } = loggerOptions(parseSettings({}));
    const logger = pino((pinoHttp as [LoggerOptions, unknown])[0], stream);

    logger.info('before');
    await inSpan('example', {}, async () => logger.info({ cluster: 'east' }, 'within'));

    const [before, within] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { traceId: trace_id, spanId: span_id } = (await one('example')).spanContext();
    expect(within).toMatchObject({ cluster: 'east', trace_id, span_id });
    expect(before).not.toHaveProperty('trace_id');
    expect(before).not.toHaveProperty('span_id');
  });
});
