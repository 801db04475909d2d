import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { FaultRig } from './fault-rig.ts';

/** As a program of its own that was compiled from TypeScript: a registry, a metric, a route, a setting, a span, a line in the log. */
const FLEET = `
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { InjectPinoLogger } from 'nestjs-pino';
import { Counter, Registry } from 'prom-client';
import { z } from 'zod';
import { checkEntry, ContentChangedEvent, defineExtension, inSpan, RegistrySource, SyncView, StorageSyncModule } from 'multi-cluster-config-exporter';

class FleetRegistry extends RegistrySource {
  name = 'fleet';
  where = 'a variable of the environment';
  watch = { connected: true, since: new Date(), listed: true };
  constructor(entries) { super(); this.entries = entries; }
  start(observer) { observer({ entries: Object.entries(this.entries).map(([name, content]) => ({ name, content })) }); }
  async stop() {}
  async refresh() { return true; }
  judge({ content }, policy) { return checkEntry(Buffer.from(content), policy); }
}
class Changes {
  constructor(registry, sync, logger) { this.logger = logger; this.counter = new Counter({ name: 'fleet_changes_total', help: 'x', registers: [registry] }); this.sync = sync; }
  async onChange({ cluster }) { await inSpan('fleet change', {}, async () => { this.counter.inc(); this.logger.info({ cluster }, 'fleet changed'); }); }
}
Inject(Registry)(Changes, undefined, 0);
Inject(SyncView)(Changes, undefined, 1);
InjectPinoLogger('Fleet')(Changes, undefined, 2);
OnEvent(ContentChangedEvent.eventName)(Changes.prototype, 'onChange', Object.getOwnPropertyDescriptor(Changes.prototype, 'onChange'));
class FleetController {
  constructor(changes) { this.changes = changes; }
  clusters() { return [...this.changes.sync.records.keys()]; }
}
Inject(Changes)(FleetController, undefined, 0);
Get()(FleetController.prototype, 'clusters', Object.getOwnPropertyDescriptor(FleetController.prototype, 'clusters'));
Controller('fleet')(FleetController);
class FleetModule {}
Module({ imports: [StorageSyncModule] })(FleetModule);
export default defineExtension({
  name: 'fleet-clusters',
  apiVersion: 1,
  settings: z.object({
    ENTRIES: z.string().transform((text) => JSON.parse(text)),
    LIMIT: z.string().regex(/^\\d+$/, 'must be a number').default('1'),
  }),
  module: ({ ENTRIES }) => ({
    module: FleetModule,
    controllers: [FleetController],
    providers: [Changes, { provide: FleetRegistry, useFactory: () => new FleetRegistry(ENTRIES) }],
  }),
});
`;

/** An extension with one provider, a class `Part`. */
function moduleOf(part: string): string {
  return `
    import { Inject, Module } from '@nestjs/common';
    ${part}
    class FailingModule {}
    Module({ providers: [Part] })(FailingModule);
    export default { name: 'failing', apiVersion: 1, module: FailingModule };`;
}

describe('extensions that are loaded', () => {
  let rig: FaultRig;
  let directory: string;
  let files = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcce-extensions-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    rig = await FaultRig.start(['east']);
  });

  afterEach(async () => {
    await rig.stop();
  });

  const file = async (source: string, name = `extension-${++files}.mjs`) => {
    const path = join(directory, name);
    await writeFile(path, source);
    return path;
  };
  /** What keeps the exporter from starting. */
  const failure = async (...extensions: string[]) => fails({ MCCE_EXTENSIONS: extensions.join(',') });
  const fails = async (settings: Record<string, string>) => {
    const error = await rig.startExporter(settings).then(
      () => new Error('it started'),
      (thrown: Error) => thrown,
    );
    const line =
      /^\{"level":"fatal".*$/m.exec(error.message)?.[0] ?? `{"err":${JSON.stringify(error.message)}}`;
    const { err } = JSON.parse(line) as { err: { code: string; message: string; remedy?: string } };
    return err;
  };

  it('take part with the running instances: registry, metrics, routes, events, state, settings', async () => {
    const path = await file(FLEET);
    await rig.registry.edit({ east: null, north: rig.entry('east') });
    const exporter = await rig.startExporter({
      MCCE_EXTENSIONS: path,
      MCCE_X_FLEET_CLUSTERS_ENTRIES: JSON.stringify({ 'team/west': rig.entry('east') }),
    });
    await exporter.waitUntilReady();

    await eventually(async () =>
      expect([...(await rig.aggregate.data()).keys()].toSorted()).toEqual(['north', 'team.west']),
    );
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const status = await exporter.status();
    expect(status).toMatchObject({
      // Both are east.
      problems: [{ code: 'ClusterTwice' }, { code: 'ClusterTwice' }],
      registries: [{ name: 'fleet', state: 'present', entries: 1 }],
      extensions: [{ name: 'fleet-clusters', file: { path, sha256 } }],
    });
    expect((await exporter.get('/metrics')).text).toContain('fleet_changes_total 2');
    expect((JSON.parse((await exporter.get('/fleet')).text) as string[]).toSorted()).toEqual([
      'north',
      'team.west',
    ]);
    expect(exporter.log).toContainEqual(
      expect.objectContaining({ message: 'extension loaded', extension: 'fleet-clusters', path, sha256 }),
    );
    expect(exporter.log).toContainEqual(
      expect.objectContaining({ context: 'Fleet', message: 'fleet changed', cluster: 'team.west' }),
    );
    expect(exporter.log.filter(({ message }) => message === 'unknown settings are ignored')).toEqual([]);
  });

  it('are refused, each by name, when they cannot be loaded', async () => {
    const absent = join(directory, 'absent.mjs');
    expect(await failure(absent)).toMatchObject({
      code: 'MCCE_EXTENSION_INVALID',
      message: `The extension ${absent} cannot be read (ENOENT).`,
    });
    expect(await failure('no-such-thing')).toMatchObject({
      message: 'The extension no-such-thing is none of the built-in ones.',
      remedy: expect.stringContaining('MCCE_EXTENSIONS'),
    });
    const syntax = await file('export default {');
    expect((await failure(syntax)).message).toBe(`The extension ${syntax} cannot be loaded (SyntaxError).`);
    const throwing = await file("throw new TypeError('canary');");
    const thrown = await failure(throwing);
    expect(thrown.message).toBe(`The extension ${throwing} cannot be loaded (TypeError).`);
    expect(JSON.stringify(thrown)).not.toContain('canary');
    const importing = await file("import 'a-package-that-is-not-here';");
    expect((await failure(importing)).message).toContain('(ERR_MODULE_NOT_FOUND)');
  });

  it('are refused, each by name, when they are none, of another version, or there twice', async () => {
    const nothing = await file('export const x = 1;');
    expect((await failure(nothing)).message).toBe(`The extension ${nothing} is no extension.`);
    const newer = await file("export default { name: 'newer', apiVersion: 2, module: class {} };");
    expect((await failure(newer)).message).toBe(
      'The extension newer is of the interface version 2, and this exporter has version 1.',
    );
    const one = await file("export default { name: 'one', apiVersion: 1, module: class A {} };");
    const other = await file("export default { name: 'one', apiVersion: 1, module: class B {} };");
    expect((await failure(one, other)).message).toBe('The extension one is there twice.');
    expect((await failure(one, one)).message).toContain('MCCE_EXTENSIONS must be names');
    const empty = await file("export default { name: 'empty', apiVersion: 1 };");
    expect((await failure(empty)).message).toBe('The extension empty has no module.');
  });

  it('have their settings checked with all others, in one message without a value', async () => {
    const path = await file(FLEET);

    const { code, message } = await fails({
      MCCE_EXTENSIONS: path,
      MCCE_SYNC_INTERVAL: 'canary',
      MCCE_X_FLEET_CLUSTERS_LIMIT: 'canary',
    });

    expect(code).toBe('MCCE_SETTINGS_INVALID');
    for (const name of [
      'MCCE_SYNC_INTERVAL must be a duration',
      'MCCE_X_FLEET_CLUSTERS_ENTRIES',
      'MCCE_X_FLEET_CLUSTERS_LIMIT must be a number',
    ])
      expect(message).toContain(name);
    expect(message).not.toContain('canary');
  });

  it.each([
    ['by a constructor', 'class Part { constructor() { throw new Error("canary"); } }'],
    ['by a hook', 'class Part { onModuleInit() { throw new Error("canary"); } }'],
    ['by a promise', 'class Part { async onApplicationBootstrap() { throw new Error("canary"); } }'],
  ])('end the start with their name where they fail it %s', async (_how, part) => {
    const fine = await file("export default { name: 'fine', apiVersion: 1, module: class {} };");
    const failing = await file(moduleOf(part));

    const error = await failure(fine, failing);

    expect(error).toMatchObject({
      code: 'MCCE_EXTENSION_INVALID',
      message: 'The extension failing failed to start.',
    });
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('end the start where they ask for what there is not, and say what that is', async () => {
    const asking = await file(
      moduleOf('class Absent {} class Part { constructor(absent) {} } Inject(Absent)(Part, undefined, 0);'),
    );

    expect((await failure(asking)).message).toMatch(
      /^The extension failing failed to start: Nest can't resolve dependencies of the Part \(\?\)\..*Absent/,
    );
  });

  it('end the start where they hang when they are loaded', async () => {
    const hanging = await file('await new Promise(() => undefined);');

    expect((await failure(hanging)).message).toBe(
      `The extension ${hanging} cannot be loaded (TimeoutError).`,
    );
  });

  it('are refused where two provide what only one can', async () => {
    const writing = (name: string) => `
      import { Module } from '@nestjs/common';
      import { AggregateWriter } from 'multi-cluster-config-exporter';
      class Writer extends AggregateWriter { async write() {} }
      class WritingModule {}
      Module({ providers: [Writer] })(WritingModule);
      export default { name: '${name}', apiVersion: 1, module: WritingModule };`;

    expect(await failure(await file(writing('one')), await file(writing('two')))).toMatchObject({
      code: 'MCCE_PORT_TAKEN',
      message: 'The extensions one and two both provide a AggregateWriter, and only one can.',
    });
  });

  it('end the process with 78, so that a restart is known not to help', async () => {
    const path = await file('throw 1;');

    await expect(rig.startExporter({ MCCE_EXTENSIONS: path })).rejects.toThrow('while starting, with 78');
  });
});
