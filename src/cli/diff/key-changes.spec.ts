import { describe, expect, it } from 'vitest';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { keyChanges } from './key-changes.ts';

const encode = (source: Record<string, string>) =>
  Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(source).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
      ),
    ),
  ).toString('base64');
const plan = (set: Record<string, string>, ...remove: string[]) => ({
  set: new Map(Object.entries(set)),
  remove,
});
const held = (data: Record<string, string>) =>
  ({ data: new Map(Object.entries(data)) }) as unknown as SecretSnapshot;

describe('keyChanges', () => {
  it('tells what comes, changes and goes, by size and by the names in it, and nothing of a value', () => {
    const [one, two] = [
      encode({ postgres: 'one', opensearch: 'same' }),
      encode({ postgres: 'two!', opensearch: 'same' }),
    ];

    const changes = keyChanges(held({ gone: one, moved: one }), plan({ fresh: one, moved: two }, 'gone'));

    expect(changes).toEqual([
      {
        cluster: 'fresh',
        change: 'added',
        after: { bytes: 43 },
        keys: { added: ['opensearch', 'postgres'], changed: [], removed: [] },
      },
      {
        cluster: 'gone',
        change: 'removed',
        before: { bytes: 43 },
        keys: { added: [], changed: [], removed: ['opensearch', 'postgres'] },
      },
      {
        cluster: 'moved',
        change: 'changed',
        before: { bytes: 43 },
        after: { bytes: 47 },
        keys: { added: [], changed: ['postgres'], removed: [] },
      },
    ]);
  });

  it('adds everything where there is no aggregate, and says of what nobody can read only its size', () => {
    expect(keyChanges(undefined, plan({ east: encode({ a: 'b' }) }))).toHaveLength(1);
    expect(keyChanges(held({ junk: Buffer.from('junk').toString('base64') }), plan({}, 'junk'))).toEqual([
      {
        cluster: 'junk',
        change: 'removed',
        before: { bytes: 4 },
        keys: { added: [], changed: [], removed: [] },
      },
    ]);
  });
});
