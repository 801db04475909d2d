import { describe, expect, it } from 'vitest';
import { CommandFailedError } from '../command-failed.error.ts';
import type { ManifestObject } from '../kube-objects.ts';
import { RegistryUncertainError } from '../registry/registry-uncertain.error.ts';
import { withNewToken } from './with-new-token.ts';

const boundTo: ManifestObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'bound', namespace: 'storage' },
};

describe('withNewToken', () => {
  const rig = ({ endFails = false } = {}) => {
    const ended: string[] = [];
    const notes: string[] = [];
    const reader = {
      createToken: () => Promise.resolve({ token: 'secret', expires: new Date('2027-01-01'), boundTo }),
      remove: (objects: readonly ManifestObject[]) => {
        if (endFails) return Promise.reject(new CommandFailedError('no'));
        ended.push(...objects.map(({ metadata }) => metadata.name));
        return Promise.resolve();
      },
    };
    const run = (task: () => Promise<string>) =>
      withNewToken(reader, 1_000, { note: (text) => notes.push(text) }, task);
    return { ended, notes, run };
  };

  it('keeps the token when all goes well', async () => {
    const { ended, notes, run } = rig();

    expect(await run(() => Promise.resolve('done'))).toBe('done');
    expect([ended, notes]).toEqual([[], []]);
  });

  it('ends it when nothing was written', async () => {
    const { ended, notes, run } = rig();

    await expect(run(() => Promise.reject(new CommandFailedError('refused')))).rejects.toThrow('refused');
    expect([ended, notes]).toEqual([['bound'], []]);
  });

  it('leaves it alone when the registry may hold it, and says how to end it', async () => {
    const { ended, notes, run } = rig();

    await expect(run(() => Promise.reject(new RegistryUncertainError('a/b')))).rejects.toThrow(
      'It is not known',
    );
    expect(ended).toEqual([]);
    expect(notes.join()).toMatch(/valid until 2027-01-01.*deleting the Secret storage\/bound in the cluster/);
    expect(notes.join()).not.toContain('secret');
  });

  it('says so when it cannot be ended', async () => {
    const { notes, run } = rig({ endFails: true });

    await expect(run(() => Promise.reject(new CommandFailedError('refused')))).rejects.toThrow('refused');
    expect(notes.join()).toContain('deleting the Secret storage/bound');
  });
});
