import { randomBytes } from 'node:crypto';
import { Injectable, Module, type Type } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EntryPolicy, EntryVerdict } from '../../src/cluster-config/entries/entry.ts';
import { checkEntry } from '../../src/cluster-config/entries/entry-checker.ts';
import {
  type RegistryEntry,
  type RegistrySnapshot,
  RegistrySource,
} from '../../src/cluster-config/registries/registry-source.ts';
import { CredentialsProvider, type ObtainedCredentials } from '../../src/kube/http/credentials-provider.ts';
import { StorageSyncModule } from '../../src/storage-sync/storage-sync.module.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

/** A registry in memory, whose entries are those of the Secret in another place. */
@Injectable()
class ListRegistry extends RegistrySource {
  override readonly name: string = 'list';
  override readonly where = 'a list in memory';
  override readonly watch = { connected: true, since: new Date(), listed: true };
  started = false;
  private observer: (snapshot: RegistrySnapshot) => void = () => undefined;

  override start(observer: (snapshot: RegistrySnapshot) => void): void {
    this.started = true;
    this.observer = observer;
  }

  override async stop(): Promise<void> {}

  override refresh(): Promise<boolean> {
    return Promise.resolve(true);
  }

  override judge({ content }: RegistryEntry, policy: EntryPolicy): EntryVerdict {
    return checkEntry(Buffer.from(content), policy);
  }

  tell(contents: Readonly<Record<string, string>> | undefined): void {
    const entries = contents && Object.entries(contents).map(([name, content]) => ({ name, content }));
    this.observer({ entries });
  }
}

// It imports a module of the core, which is not its own for that.
@Module({ imports: [StorageSyncModule], providers: [ListRegistry] })
class ListModule {}

describe('several registries', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  const keys = async () => [...(await rig.aggregate.data()).keys()].toSorted();
  const expectKeys = (...names: string[]) => eventually(async () => expect(await keys()).toEqual(names));
  const registries = async () => (await rig.status()).registries ?? [];
  const problems = async () => (await rig.problems()).map(({ code, subject }) => `${code} ${subject}`);
  const start = async (...modules: Type[]) => {
    const service = await rig.startService({}, modules.length > 0 ? modules : [ListModule]);
    const list = service.get(ListRegistry, { strict: false });
    await eventually(() => expect(list.started).toBe(true));
    return { service, list };
  };

  it('are published together, and each cluster says which names it', async () => {
    const { list } = await start();
    await rig.registry.create({ east: rig.entry() });
    list.tell({ 'team/west': rig.entry() });

    await expectKeys('east', 'team.west');
    const status = await rig.status();
    expect(status.clusters).toMatchObject([
      { name: 'east' },
      { name: 'team.west', registry: 'list', originalName: 'team/west' },
    ]);
    expect(status.clusters[0]).not.toHaveProperty('registry');
    expect(status.registries).toMatchObject([
      { name: 'list', where: 'a list in memory', state: 'present', entries: 1, rejected: 0 },
    ]);
    expect(await rig.problems()).toEqual([]);
    expect(await (await rig.get('/metrics')).text()).toContain(
      'mcce_registry_entries{registry="list",state="accepted"} 1',
    );
  });

  it('give a name to the first that has it, and say so of the other', async () => {
    const { list } = await start();
    await rig.registry.create({ east: '{' });
    list.tell({ east: rig.entry(), west: rig.entry() });

    await expectKeys('west');
    expect((await registries())[0]).toMatchObject({ shadowed: [{ cluster: 'east', by: 'secret' }] });
    expect(await problems()).toEqual(
      expect.arrayContaining(['EntryShadowed registries/list/east', 'EntryRefused cluster/east']),
    );

    await rig.registry.edit({ east: null, north: rig.entry() });

    await expectKeys('east', 'north', 'west');
    expect(await problems()).toEqual([]);
  });

  it('take no key along when one of them goes, and go on with the others', async () => {
    const { list } = await start();
    await rig.registry.create({ east: rig.entry() });
    list.tell({ west: rig.entry() });
    await expectKeys('east', 'west');

    list.tell(undefined);
    await eventually(async () =>
      expect((await registries())[0]).toMatchObject({ state: 'missing', kept: 1 }),
    );
    await rig.registry.edit({ north: rig.entry() });

    await expectKeys('east', 'north', 'west');
    expect(await problems()).toEqual(['RegistryUnusable registries/list']);
    expect((await rig.get('/health')).status).toBe(503);

    list.tell({ south: rig.entry() });

    await expectKeys('east', 'north', 'south');
    expect(await problems()).toEqual([]);
  });

  it('keep the name of a cluster whose registry went', async () => {
    const { list } = await start();
    await rig.registry.create({ east: rig.entry() });
    list.tell({ east: '{}', west: rig.entry() });
    await expectKeys('east', 'west');
    const published = (await rig.aggregate.data()).get('east');

    await rig.registry.delete();
    await rig.source.edit({ postgres: 'two' });

    await eventually(async () => expect((await rig.status()).registry.state).toBe('missing'));
    await eventually(async () =>
      expect((await rig.aggregate.data()).get('west')).toContain(Buffer.from('two').toString('base64')),
    );
    expect((await rig.aggregate.data()).get('east')).toBe(published);
    expect(await problems()).toEqual(['RegistryUnusable registry', 'EntryShadowed registries/list/east']);
  });

  it('hold up nobody while one of them was not seen yet, and let no key go until it was', async () => {
    await rig.registry.create({ east: rig.entry() });
    const first = await start();
    first.list.tell({ west: rig.entry() });
    await expectKeys('east', 'west');
    await first.service.close();

    const second = await start();
    await rig.source.edit({ postgres: 'two' });
    await eventually(
      async () =>
        expect((await rig.aggregate.data()).get('east')).toContain(Buffer.from('two').toString('base64')),
      { timeoutMs: 10_000 },
    );

    expect(await keys()).toEqual(['east', 'west']);
    expect(await problems()).toEqual(['RegistryUnknown registries/list']);

    second.list.tell({ north: rig.entry() });
    await expectKeys('east', 'north');
  });

  it('are held by the guard each on its own', async () => {
    const { list } = await start();
    const many = Array.from({ length: 8 }, (_, index) => `c${index}`);
    await rig.registry.create(Object.fromEntries(many.map((name) => [name, rig.entry()])));
    const few = { x: rig.entry(), y: rig.entry(), z: rig.entry(), w: rig.entry() };
    list.tell(few);
    await expectKeys(...many, 'w', 'x', 'y', 'z');

    list.tell({ w: few.w });

    await eventually(async () =>
      expect((await rig.status()).registry.removal?.clusters).toEqual(['x', 'y', 'z']),
    );
    expect(await keys()).toEqual([...many, 'w', 'x', 'y', 'z']);
  });

  it('leave it to the operator that the Secret is not there', async () => {
    const { list } = await start();
    list.tell({ west: rig.entry() });

    await expectKeys('west');
    expect((await rig.status()).registry).toMatchObject({ state: 'missing' });
    expect(await problems()).toEqual([]);
  });

  it('are refused where two have the same name', async () => {
    @Module({ providers: [{ provide: 'another', useFactory: () => new ListRegistry() }] })
    class AnotherModule {}

    await expect(rig.startService({}, [ListModule, AnotherModule])).rejects.toMatchObject({
      code: 'MCCE_REGISTRY_NAME_TAKEN',
      exitCode: 78,
    });
  });

  describe('whose clusters have credentials that are obtained', () => {
    class Renewing extends CredentialsProvider {
      obtained = 0;
      refusals = 0;
      closed = false;
      answer: (signal: AbortSignal) => Promise<ObtainedCredentials>;

      constructor(token: string) {
        super();
        this.answer = () => Promise.resolve({ token });
      }

      override async obtain(signal: AbortSignal): Promise<ObtainedCredentials> {
        this.obtained++;
        return await this.answer(signal);
      }

      override refused(): void {
        this.refusals++;
      }

      override close(): void {
        this.closed = true;
      }
    }

    @Injectable()
    class ProviderRegistry extends ListRegistry {
      readonly providers: Renewing[] = [];

      override judge(entry: RegistryEntry, policy: EntryPolicy): EntryVerdict {
        const verdict = super.judge(entry, policy);
        if ('refused' in verdict) return verdict;
        const { bearerToken = '', ...endpoint } = verdict.accepted.endpoint;
        const credentials = new Renewing(bearerToken);
        this.providers.push(credentials);
        return { accepted: { ...verdict.accepted, endpoint: { ...endpoint, credentials } } };
      }
    }

    @Module({ providers: [{ provide: ListRegistry, useClass: ProviderRegistry }] })
    class ProviderModule {}

    it('are read with them, tell when they are refused, and close them with the entry', async () => {
      const { list } = await start(ProviderModule);
      const { providers } = list as ProviderRegistry;
      list.tell({ west: rig.entry() });
      await expectKeys('west');
      const [provider] = providers;
      expect(provider?.obtained).toBeGreaterThan(0);

      list.tell({ west: rig.entry() });
      await eventually(() => expect(providers).toHaveLength(2));
      expect(provider?.closed).toBe(true);
      expect(providers[1]?.closed).toBe(false);

      const bad = rig.entry();
      rig.east.authorizer.revoke((JSON.parse(bad) as { bearerToken: string }).bearerToken);
      list.tell({ west: bad });
      await eventually(() => expect(providers[2]?.refusals).toBeGreaterThan(0));
    });

    it.each([
      ['throws', () => Promise.reject(new Error('canary')), 'unauthorized'],
      ['hangs', () => new Promise<never>(() => undefined), 'timeout'],
    ] as const)('are not read while one %s, and that is told', async (_how, answer, reason) => {
      const service = await rig.startService({ MCCE_READ_TIMEOUT: '300ms' }, [ProviderModule]);
      const list = service.get(ListRegistry, { strict: false }) as ProviderRegistry;
      await eventually(() => expect(list.started).toBe(true));
      await rig.registry.create({ east: rig.entry() });
      const judge = list.judge.bind(list);
      list.judge = (entry, policy) => {
        const verdict = judge(entry, policy);
        const provider = list.providers.at(-1);
        if (provider) provider.answer = answer;
        return verdict;
      };
      list.tell({ west: rig.entry() });

      await expectKeys('east');
      await eventually(async () =>
        expect((await rig.status()).clusters.find(({ name }) => name === 'west')).toMatchObject({ reason }),
      );
      await eventually(async () =>
        expect(await problems()).toContain(
          'ExtensionFailed extensions/ProviderModule/CredentialsProvider.obtain',
        ),
      );
      expect(JSON.stringify(await rig.status())).not.toContain('canary');
    });

    it.each([
      [
        'throw',
        () => {
          throw new Error('canary');
        },
      ],
      ['reject', () => Promise.reject(new Error('canary')) as never],
    ])('are a fault of their extension when they %s', async (_how, fail) => {
      const { list } = await start(ProviderModule);
      const judge = list.judge.bind(list);
      list.judge = (entry, policy) => {
        const verdict = judge(entry, policy);
        const provider = (list as ProviderRegistry).providers.at(-1);
        if (provider) Object.assign(provider, { refused: fail, close: fail });
        return verdict;
      };
      const unhandled: unknown[] = [];
      const listener = (error: unknown) => void unhandled.push(error);
      for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, listener);
      try {
        const bad = rig.entry();
        rig.east.authorizer.revoke((JSON.parse(bad) as { bearerToken: string }).bearerToken);
        list.tell({ west: bad, north: rig.entry() });
        const fault = (method: string) =>
          `ExtensionFailed extensions/ProviderModule/CredentialsProvider.${method}`;
        await eventually(async () => expect(await problems()).toContain(fault('refused')));

        list.tell({ north: rig.entry() });

        await eventually(async () => expect(await problems()).toContain(fault('close')));
        await expectKeys('north');
        expect(unhandled).toEqual([]);
      } finally {
        for (const event of ['unhandledRejection', 'uncaughtException']) process.off(event, listener);
      }
    });
  });

  describe('that fail', () => {
    const secret = randomBytes(16).toString('hex');

    @Injectable()
    class BrokenRegistry extends ListRegistry {
      override readonly name = 'broken';

      override start(observer: (snapshot: RegistrySnapshot) => void): void {
        super.start(observer);
        throw new Error(`cannot start with ${secret}`);
      }

      override judge(): EntryVerdict {
        throw new Error(`cannot judge ${secret}`);
      }
    }

    @Module({ providers: [{ provide: ListRegistry, useClass: BrokenRegistry }] })
    class BrokenModule {}

    it('are a problem with the name of their extension, and affect no other', async () => {
      const { list } = await start(BrokenModule);
      await rig.registry.create({ east: rig.entry() });
      list.tell({ west: rig.entry() });

      await expectKeys('east');
      const text = JSON.stringify(await rig.status());
      expect(text).not.toContain(secret);
      expect(JSON.parse(text)).toMatchObject({
        extensions: [{ name: 'BrokenModule' }],
        problems: expect.arrayContaining([
          expect.objectContaining({
            code: 'EntryRefused',
            subject: 'cluster/west',
            message: 'The extension BrokenModule failed to judge the entry.',
          }),
          expect.objectContaining({
            code: 'ExtensionFailed',
            subject: 'extensions/BrokenModule/RegistrySource.judge',
          }),
        ]),
      });
    });

    it.each([
      ['hang', () => new Promise<never>(() => undefined)],
      ['reject', () => Promise.reject(new Error(secret))],
    ])('hold up neither the others nor the stop when they %s', async (_how, answer) => {
      @Injectable()
      class BrokenAnswers extends ListRegistry {
        override stop(): Promise<void> {
          return answer();
        }

        override refresh(): Promise<boolean> {
          return answer();
        }
      }
      @Module({ providers: [{ provide: ListRegistry, useClass: BrokenAnswers }] })
      class AnsweringModule {}
      const service = await rig.startService({ MCCE_LEADER_ELECTION: 'true' }, [AnsweringModule]);
      await rig.registry.create({ east: rig.entry() });

      await eventually(async () => expect(await keys()).toEqual(['east']), { timeoutMs: 15_000 });
      expect(await problems()).toContain('ExtensionFailed extensions/AnsweringModule/RegistrySource.refresh');
      expect(JSON.stringify(await rig.status())).not.toContain(secret);

      const startedAt = performance.now();
      await service.close();
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    });

    it('are refused where they tell what is no registry, and keep what they told before', async () => {
      const { list } = await start();
      list.tell({ west: rig.entry() });
      await expectKeys('west');

      list.tell({ west: 1 as unknown as string });
      (list as unknown as { observer: (told: unknown) => void }).observer({ entries: [{}] });

      expect(await problems()).toContain('ExtensionFailed extensions/ListModule/RegistrySource.start');
      expect(await keys()).toEqual(['west']);
    });
  });
});
