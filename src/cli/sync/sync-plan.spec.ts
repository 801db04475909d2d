import { describe, expect, it } from 'vitest';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { encodeSource, type SourceContent } from '../../storage-sync/keeping/source-content.ts';
import { planChanges } from './sync-plan.ts';

const content = (value: string): SourceContent => {
  const encoded = encodeSource(new Map([['postgres', Buffer.from(value).toString('base64')]]));
  if (!encoded) throw new Error('this is base64');
  return encoded;
};
const plan = (set: Record<string, SourceContent>, ...remove: string[]) => ({
  set: new Map(Object.entries(set).map(([name, { encoded }]) => [name, encoded])),
  remove,
});
const held = (data: Record<string, string>) =>
  ({ data: new Map(Object.entries(data)) }) as unknown as SecretSnapshot;

describe('planChanges', () => {
  it('tells what comes, changes and goes, by size and digest', () => {
    const [one, two] = [content('one'), content('two!')];

    expect(
      planChanges(held({ gone: one.encoded, moved: one.encoded }), plan({ fresh: one, moved: two }, 'gone')),
    ).toEqual([
      { cluster: 'fresh', change: 'added', after: { bytes: 19, sha256: one.digest.slice(0, 12) } },
      { cluster: 'gone', change: 'removed', before: { bytes: 19, sha256: one.digest.slice(0, 12) } },
      {
        cluster: 'moved',
        change: 'changed',
        before: { bytes: 19, sha256: one.digest.slice(0, 12) },
        after: { bytes: 23, sha256: two.digest.slice(0, 12) },
      },
    ]);
  });

  it('adds everything where there is no aggregate, and says of what nobody can read only its size', () => {
    expect(planChanges(undefined, plan({ east: content('one') }))).toHaveLength(1);
    expect(planChanges(held({ junk: Buffer.from('junk').toString('base64') }), plan({}, 'junk'))).toEqual([
      { cluster: 'junk', change: 'removed', before: { bytes: 4, sha256: 'unreadable' } },
    ]);
  });
});
