import { Injectable, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ForExisting, Output, OUTPUT_LABEL, type WantedObject } from '../../src/index.ts';
import type { KubeObject } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

/** One ConfigMap, wanted in one way or another. */
@Injectable()
class Single extends Output {
  override readonly name = 'single';
  override readonly kinds = [
    { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaces: ['default'] },
  ];
  wanted: Pick<WantedObject, 'wish' | 'fields' | 'existing'>[] = [];
  keys: ReadonlySet<string> = new Set();

  override *objects(): Iterable<WantedObject> {
    for (const each of this.wanted)
      yield { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'single', ...each };
  }

  override applied(keys: ReadonlySet<string>): void {
    this.keys = keys;
  }

  want(wanted: Pick<WantedObject, 'wish' | 'fields' | 'existing'>): void {
    this.wanted = [wanted];
    this.reconsider();
  }
}

@Module({ providers: [Single] })
class SingleModule {}

describe('what an output wants of an object', () => {
  let rig: ServiceRig;
  let output: Single;

  beforeEach(async () => {
    rig = await ServiceRig.start();
    await rig.registry.create({ east: rig.entry() });
  });

  afterEach(async () => {
    await rig.stop();
  });

  const start = async () => {
    output = (await rig.startService({}, [SingleModule])).get(Single, { strict: false });
    await eventually(async () => expect((await rig.status()).outputs).toMatchObject([{ state: 'current' }]));
  };
  const create = async (data: object, labels = {}) =>
    await rig.hub.admin.must('POST', CONFIG_MAPS, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'single', labels }, data },
    });
  const held = async (): Promise<KubeObject | undefined> => {
    const { status, body } = await rig.hub.admin.request('GET', `${CONFIG_MAPS}/single`);
    return status === 200 ? body : undefined;
  };
  const settle = async () =>
    await eventually(() => expect([...output.keys]).toEqual(['ConfigMap/default/single']));
  const OURS = { [OUTPUT_LABEL]: 'single' };

  describe('keep', () => {
    it('leaves what is ours as it is, and does not delete it', async () => {
      await create({ a: 'b' }, OURS);
      await rig.startService({}, [KeepingModule]);

      await eventually(async () =>
        expect((await rig.status()).outputs).toMatchObject([{ state: 'current', wanted: 1, applied: 1 }]),
      );
      expect((await held())?.data).toEqual({ a: 'b' });
    });

    it('makes nothing where there is nothing', async () => {
      await start();
      output.want({ wish: 'keep' });

      await eventually(async () =>
        expect((await rig.status()).outputs).toMatchObject([{ wanted: 0, applied: 0 }]),
      );
      expect(await held()).toBeUndefined();
      output.want({ fields: { data: { now: 'known' } } });
      await eventually(async () => expect((await held())?.data).toEqual({ now: 'known' }));
    });
  });

  describe('absent', () => {
    it('deletes what somebody else has, where that is to be adopted', async () => {
      await create({ of: 'somebody' });
      await start();
      output.want({ wish: 'absent', existing: 'adopt' });

      await eventually(async () => expect(await held()).toBeUndefined());
      await settle();
    });

    it('is a problem where it is not to be adopted', async () => {
      await create({ of: 'somebody' });
      await start();
      output.want({ wish: 'absent' });

      await eventually(async () => expect(await rig.problems()).toMatchObject([{ code: 'OutputFailed' }]));
      expect(await held()).toBeDefined();
    });

    it('is well where there is nothing', async () => {
      await start();
      output.want({ wish: 'absent' });

      await settle();
    });
  });

  describe('with a judgement of what exists', () => {
    const judge = (found: Readonly<Record<string, unknown>>): ForExisting => {
      const { data } = found as { data: { of: string } };
      return data.of === 'predecessor' ? 'adopt' : data.of === 'neighbour' ? 'leave' : 'refuse';
    };
    const want = () => output.want({ fields: { data: { of: 'us' } }, existing: judge });

    it('adopts what it recognises, as the object that it is', async () => {
      await create({ of: 'predecessor' });
      const before = (await held())?.metadata?.uid;
      await start();
      want();

      await eventually(async () => expect((await held())?.data).toEqual({ of: 'us' }));
      expect((await held())?.metadata?.uid).toBe(before);
    });

    it('leaves what does as well, and takes it for what it wants', async () => {
      await create({ of: 'neighbour' });
      await start();
      want();

      await settle();
      expect(await held()).toMatchObject({ data: { of: 'neighbour' } });
      expect((await held())?.metadata?.labels).toEqual({});
      expect(await rig.problems()).toEqual([]);
    });

    it('refuses the others', async () => {
      await create({ of: 'stranger' });
      await start();
      want();

      await eventually(async () => expect(await rig.problems()).toMatchObject([{ code: 'OutputFailed' }]));
      expect([...output.keys]).toEqual([]);
      expect((await held())?.data).toEqual({ of: 'stranger' });
    });
  });
});

@Injectable()
class Keeping extends Single {
  override wanted = [{ wish: 'keep' as const }];
}

@Module({ providers: [Keeping] })
class KeepingModule {}
