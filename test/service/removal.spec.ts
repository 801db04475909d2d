import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIRM_REMOVAL_ANNOTATION } from '../../src/cluster-config/registries/registry-source.ts';
import { removalDigest } from '../../src/storage-sync/keeping/removal-guard.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

const LOST = ['a', 'b', 'c', 'd'];
const NAMES = [...LOST, 'e', 'f'];

describe('a removal that is held', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
    await rig.registry.create(entries(NAMES));
  });

  afterEach(async () => {
    await rig.stop();
  });

  const entries = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, rig.entry()]));
  const lose = (names: readonly string[]) =>
    rig.registry.edit(Object.fromEntries(names.map((name) => [name, null])));
  const confirm = (digest: string) =>
    rig.registry.patch({ metadata: { annotations: { [CONFIRM_REMOVAL_ANNOTATION]: digest } } });
  const keys = async () => [...(await rig.aggregate.data()).keys()].toSorted();
  const expectKeys = (names: readonly string[]) =>
    eventually(async () => expect(await keys()).toEqual(names));
  const expectHeld = (names: readonly string[]) =>
    eventually(async () => {
      const { removal } = (await rig.status()).registry;
      expect(removal?.clusters ?? []).toEqual(names);
      return removal?.digest ?? '';
    });
  const start = async (settings: Record<string, string> = {}) => {
    const service = await rig.startService(settings);
    await expectKeys(NAMES);
    return service;
  };

  it('is not ended by a restart, with a confirmation that had its effect before', async () => {
    const service = await start();
    await lose(LOST);
    await confirm(await expectHeld(LOST));
    await expectKeys(['e', 'f']);
    await rig.registry.edit(entries(LOST));
    await expectKeys(NAMES);
    await lose(LOST);
    const digest = await expectHeld(LOST);
    await service.close();

    await rig.startService();

    expect(await expectHeld(LOST)).toBe(digest);
    expect(await keys()).toEqual(NAMES);
    await confirm(digest);
    await expectKeys(['e', 'f']);
  });

  it('is none where each is confirmed as it leaves, however long a write takes', async () => {
    await start();
    rig.hub.faults.inject(
      { kind: 'late-answer', ms: 1_000 },
      { when: ({ method, path }) => method === 'PATCH' && path.endsWith('/multi-storage-config') },
    );

    let digest: string | undefined;
    for (const name of LOST) {
      digest = removalDigest([name], digest);
      await rig.registry.patch({
        data: { [name]: null },
        metadata: { annotations: { [CONFIRM_REMOVAL_ANNOTATION]: digest } },
      });
      await delay(100);
    }

    await eventually(async () => expect(await keys()).toEqual(['e', 'f']), { timeoutMs: 10_000 });
    await expectHeld([]);
  });

  it('keeps the keys for as long as it takes, however long their sources are gone', async () => {
    await start({ MCCE_MISSING_GRACE: '2s' });
    await rig.source.delete();
    await eventually(async () => expect((await rig.status()).counts.missing).toBe(6));
    await lose(LOST);
    await expectHeld(LOST);

    await expectKeys(LOST);
    await delay(1_000);

    await expectHeld(LOST);
    expect(await keys()).toEqual(LOST);
  });

  it('ends when the aggregate is deleted while there is no registry', async () => {
    await start();
    await lose(LOST);
    await expectHeld(LOST);
    await rig.registry.delete();
    await eventually(async () => expect((await rig.status()).aggregate.state).toBe('paused'));

    await rig.aggregate.delete();

    await expectHeld([]);
    await rig.registry.create(entries(['e', 'f']));
    await expectKeys(['e', 'f']);
  });
});
