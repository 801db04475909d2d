import { Injectable, Module, type Type } from '@nestjs/common';
import { HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AggregateWriter,
  ContentTransform,
  HealthSource,
  Output,
  PayloadCheck,
  ProblemSource,
  type ReadResult,
  SourceData,
  SourceReader,
  type Transformed,
  type WatchResult,
} from '../../src/index.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

const NEVER = new Promise<never>(() => undefined);

/** A module that provides one thing. */
function moduleOf(port: Type, imports: Type[] = []): Type {
  @Module({ imports, providers: [port] })
  class PortModule {}
  return PortModule;
}

/** An output that wants nothing. */
class Rejecting extends Output {
  override readonly name = 'rejecting';
  override readonly kinds = [
    { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaces: ['default'] },
  ];

  override objects(): Iterable<never> {
    return [];
  }
}

describe('the ports of extensions', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
    await rig.registry.create({ east: rig.entry() });
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = async (port: Type, settings: Record<string, string> = {}, imports: Type[] = []) => {
    const service = await rig.startService(settings, [moduleOf(port, imports)]);
    return service.get<unknown>(port, { strict: false });
  };
  const published = async () => (await rig.aggregate.data()).get('east');
  const valueOf = (texts: Record<string, string>) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      ),
    );
  const expectPublished = (texts: Record<string, string>) =>
    eventually(async () => expect(await published()).toBe(valueOf(texts)));
  const expectCluster = (fields: object) =>
    eventually(async () => expect((await rig.status()).clusters[0]).toMatchObject(fields));
  const problems = async () => (await rig.problems()).map(({ code, subject }) => `${code} ${subject}`);

  describe('PayloadCheck', () => {
    it('keeps what it finds wrong from being published, beside the check of the core', async () => {
      @Injectable()
      class NoTwo extends PayloadCheck {
        override check(data: SourceData) {
          return data.text('postgres') === 'two'
            ? { message: 'It is two.', remedy: 'Make it three.' }
            : undefined;
        }
      }
      await start(NoTwo);
      await expectPublished({ postgres: 'one' });

      await rig.source.edit({ postgres: 'two' });

      await expectCluster({ state: 'stale', reason: 'invalid_payload', message: 'It is two.' });
      expect(await published()).toBe(valueOf({ postgres: 'one' }));
      await rig.source.edit({ postgres: 'three' });
      await expectPublished({ postgres: 'three' });
    });

    it('that throws keeps the key and is named', async () => {
      @Injectable()
      class Throwing extends PayloadCheck {
        override check(): undefined {
          throw new Error('canary');
        }
      }
      await start(Throwing);

      await expectCluster({
        state: 'pending',
        reason: 'internal',
        message: 'The extension PortModule failed in PayloadCheck.check.',
      });
      expect(await problems()).toContain('ExtensionFailed extensions/PortModule/PayloadCheck.check');
      expect(JSON.stringify(await rig.status())).not.toContain('canary');
    });
  });

  describe('ContentTransform', () => {
    @Injectable()
    class Rewriting extends ContentTransform {
      suffix: string | undefined = '!';

      override transform(cluster: string, data: SourceData): Transformed {
        if (this.suffix === undefined) return { hold: { message: 'Not yet.' } };
        if (this.suffix === 'throw') throw new Error('canary');
        return { data: SourceData.of([['service', `${cluster} ${data.text('postgres')}${this.suffix}`]]) };
      }

      change(suffix: string | undefined): void {
        this.suffix = suffix;
        this.reconsider('east');
      }
    }

    it('decides what is published, and decides again when it says so, without another read', async () => {
      const rewriting = (await start(Rewriting)) as Rewriting;
      await expectPublished({ service: 'east one!' });
      const reads = rig.readsOfSource();

      rewriting.change('?');
      await expectPublished({ service: 'east one?' });

      rewriting.change(undefined);
      await expectCluster({ state: 'stale', reason: 'invalid_payload', message: 'Not yet.' });
      expect(await published()).toBe(valueOf({ service: 'east one?' }));

      rewriting.change('.');
      await expectPublished({ service: 'east one.' });
      await expectCluster({ state: 'synced' });
      expect(rig.readsOfSource()).toBe(reads);
    });

    it('that throws keeps the key and is named, until it works again', async () => {
      const rewriting = (await start(Rewriting)) as Rewriting;
      await expectPublished({ service: 'east one!' });

      rewriting.change('throw');

      await expectCluster({ state: 'stale', reason: 'internal' });
      expect(await problems()).toEqual([
        'ExtensionFailed extensions/PortModule/ContentTransform.transform',
        'ClusterUnreachable cluster/east',
      ]);
      expect(await published()).toBe(valueOf({ service: 'east one!' }));

      rewriting.change(';');
      await expectPublished({ service: 'east one;' });
      expect(await problems()).toEqual([]);
    });

    it('changes the key of a source that cannot be read, and not how it stands', async () => {
      const rewriting = (await start(Rewriting, { MCCE_SYNC_INTERVAL: '1s' })) as Rewriting;
      await expectPublished({ service: 'east one!' });
      await rig.east.refuse();
      await expectCluster({ state: 'stale', reason: 'connect' });

      rewriting.change('?');

      await expectPublished({ service: 'east one?' });
      await expectCluster({ state: 'stale', reason: 'connect' });
    });
  });

  describe('SourceReader', () => {
    it('reads in another way', async () => {
      @Injectable()
      class Constant extends SourceReader {
        override read(): Promise<ReadResult> {
          const { encoded } = SourceData.of([['postgres', 'constant']]);
          return Promise.resolve({ reason: 'ok', data: encoded });
        }

        override watch(): Promise<AsyncIterable<WatchResult>> {
          return NEVER;
        }
      }
      await start(Constant);

      await expectPublished({ postgres: 'constant' });
      expect(rig.readsOfSource()).toBe(0);
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('canary');
        },
        'internal',
      ],
      ['rejects', () => Promise.reject(new Error('canary')), 'internal'],
      ['hangs', () => NEVER, 'timeout'],
      ['gives no result', () => Promise.resolve({} as ReadResult), 'internal'],
    ])('that %s is the result of the cluster, and is named', async (_how, read, reason) => {
      @Injectable()
      class Broken extends SourceReader {
        override read(): Promise<ReadResult> {
          return read();
        }

        override watch(): Promise<AsyncIterable<WatchResult>> {
          return NEVER;
        }
      }
      await start(Broken, { MCCE_READ_TIMEOUT: '200ms' });

      await expectCluster({
        state: 'pending',
        reason,
        message: 'The extension PortModule failed in SourceReader.read.',
      });
      expect(await problems()).toContain('ExtensionFailed extensions/PortModule/SourceReader.read');
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('canary');
        },
      ],
      ['rejects', () => Promise.reject(new Error('canary'))],
      ['hangs', () => NEVER],
      [
        'breaks off',
        async () => {
          await Promise.resolve();
          return (async function* (): AsyncGenerator<WatchResult> {
            yield await Promise.resolve('unchanged' as const);
            throw new Error('canary');
          })();
        },
      ],
    ])('whose watch %s is named, and the cluster is read all the same', async (_how, watch) => {
      let text = 'one';
      @Injectable()
      class Broken extends SourceReader {
        override read(): Promise<ReadResult> {
          const { encoded } = SourceData.of([['postgres', text]]);
          return Promise.resolve({ reason: 'ok', data: encoded, watch: { from: '1' } });
        }

        override watch(): Promise<AsyncIterable<WatchResult>> {
          return watch();
        }
      }
      await start(Broken, { MCCE_READ_TIMEOUT: '200ms', MCCE_SYNC_INTERVAL: '1s' });
      await expectPublished({ postgres: 'one' });

      text = 'two';

      await eventually(async () =>
        expect(await problems()).toContain('ExtensionFailed extensions/PortModule/SourceReader.watch'),
      );
      await expectPublished({ postgres: 'two' });
    });
  });

  describe('AggregateWriter', () => {
    it('writes in another way', async () => {
      const plans: string[][] = [];
      @Injectable()
      class Noting extends AggregateWriter {
        override write(...[plan]: Parameters<AggregateWriter['write']>): Promise<undefined> {
          plans.push([...plan.set.keys()]);
          return Promise.resolve(undefined);
        }
      }
      await start(Noting);

      await eventually(() => expect(plans).toContainEqual(['east']));
      expect((await rig.aggregate.data()).size).toBe(0);
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('canary');
        },
      ],
      ['rejects', () => Promise.reject(new Error('canary'))],
      ['hangs', () => NEVER],
    ])('that %s is a failure of the publication, and tried again', async (_how, write) => {
      let broken = true;
      let writes = 0;
      @Injectable()
      class Broken extends AggregateWriter {
        override write(): Promise<undefined> {
          writes++;
          return broken ? write() : Promise.resolve(undefined);
        }
      }
      await start(Broken);

      await eventually(
        async () =>
          expect((await rig.status()).aggregate).toMatchObject({
            state: 'failing',
            message: 'The extension PortModule failed in AggregateWriter.write.',
          }),
        { timeoutMs: 10_000 },
      );
      expect(await problems()).toContain('ExtensionFailed extensions/PortModule/AggregateWriter.write');
      broken = false;
      await eventually(() => expect(writes).toBeGreaterThan(1));
      await eventually(async () => expect(await problems()).toEqual([]), { timeoutMs: 10_000 });
    });

    it('that hangs holds up no stop for long', async () => {
      const began = Promise.withResolvers<void>();
      @Injectable()
      class Hanging extends AggregateWriter {
        override write(): Promise<never> {
          began.resolve();
          return NEVER;
        }
      }
      const service = await rig.startService({}, [moduleOf(Hanging)]);
      await began.promise;

      const startedAt = performance.now();
      await service.close();
      expect(performance.now() - startedAt).toBeLessThan(8_000);
    });
  });

  describe('that has to answer at once, and rejects instead', () => {
    const rejecting = () => Promise.reject(new Error('canary')) as never;

    it.each([
      [
        'PayloadCheck.check',
        class extends PayloadCheck {
          override check = rejecting;
        },
      ],
      [
        'ContentTransform.transform',
        class extends ContentTransform {
          override transform = rejecting;
        },
      ],
      [
        'ProblemSource.problems',
        class extends ProblemSource {
          override problems = rejecting;
        },
      ],
      [
        'Output.objects',
        class extends Rejecting {
          override objects = rejecting;
        },
      ],
      [
        'Output.applied',
        class extends Rejecting {
          override applied = rejecting;
        },
      ],
    ] as const)('is a fault of %s', async (call, port) => {
      const unhandled: unknown[] = [];
      const listener = (error: unknown) => void unhandled.push(error);
      process.on('unhandledRejection', listener);
      try {
        await start(port);
        await eventually(async () =>
          expect(await problems()).toContain(`ExtensionFailed extensions/PortModule/${call}`),
        );
        await rig.source.edit({ postgres: 'two' });
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', listener);
      }
    });
  });

  describe('ProblemSource', () => {
    it('is told of in status, health and metrics', async () => {
      const since = new Date('2026-01-01T00:00:00Z');
      @Injectable()
      class Renewal extends ProblemSource {
        override problems() {
          return [{ code: 'RenewalRefused', subject: 'cluster/east', message: 'No.', remedy: 'Ask.', since }];
        }
      }
      await start(Renewal);
      await expectPublished({ postgres: 'one' });

      expect(await rig.problems()).toEqual([
        {
          code: 'RenewalRefused',
          severity: 'error',
          subject: 'extensions/PortModule/cluster/east',
          message: 'No.',
          remedy: 'Ask.',
          since: since.toISOString(),
        },
      ]);
      expect((await rig.get('/health')).status).toBe(503);
      await rig.get('/metrics');
      expect(await (await rig.get('/metrics')).text()).toContain('mcce_problems{code="RenewalRefused"} 1');
    });

    it('that throws is a problem itself', async () => {
      @Injectable()
      class Throwing extends ProblemSource {
        override problems(): never {
          throw new Error('canary');
        }
      }
      await start(Throwing);
      await expectPublished({ postgres: 'one' });

      expect(await problems()).toEqual(['ExtensionFailed extensions/PortModule/ProblemSource.problems']);
    });
  });

  describe('HealthSource', () => {
    it('has a part of /health', async () => {
      @Injectable()
      class Fleet extends HealthSource {
        constructor(private readonly indicators: HealthIndicatorService) {
          super();
        }

        override check() {
          return this.indicators.check('fleet').up({ nodes: 3 });
        }
      }
      await start(Fleet, {}, [TerminusModule]);
      await expectPublished({ postgres: 'one' });

      const response = await rig.get('/health');
      expect(await response.json()).toMatchObject({ details: { fleet: { status: 'up', nodes: 3 } } });
      expect(response.status).toBe(200);
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('canary');
        },
      ],
      ['rejects', () => Promise.reject(new Error('canary'))],
      ['hangs', () => NEVER],
    ])('that %s is down, with the name of its extension', async (_how, check) => {
      @Injectable()
      class Broken extends HealthSource {
        override check() {
          return check();
        }
      }
      await start(Broken);
      await expectPublished({ postgres: 'one' });

      const response = await rig.get('/health');
      expect(response.status).toBe(503);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({
        details: { PortModule: { status: 'down', message: expect.stringContaining('PortModule') } },
      });
      expect(text).not.toContain('canary');
      expect(await problems()).toContain('ExtensionFailed extensions/PortModule/HealthSource.check');
    });
  });
});
