import { describe, expect, it } from 'vitest';
import type { SecretSnapshot } from '../../kube/secret-snapshot.ts';
import { encodeSource, type SourceContent } from '../../storage-sync/keeping/source-content.ts';
import { planChanges } from './sync-plan.ts';

const content = (value: string): SourceContent => {
  const encoded = encodeSource(new Map([['postgres', Buffer.from(value).toString('base64')]]));
  if (!encoded) throw new Error('this is base64');
  return encoded;
};
const wanted = (contents: Record<string, SourceContent>) => ({
  contents: new Map(Object.entries(contents)),
  bytes: 0,
  tooLarge: [],
  annotations: {},
});
const held = (data: Record<string, string>) =>
  ({ data: new Map(Object.entries(data)) }) as unknown as SecretSnapshot;

describe('planChanges', () => {
  it('is empty when the hub holds what it shall', () => {
    expect(planChanges(held({ east: content('one').encoded }), wanted({ east: content('one') }))).toEqual([]);
  });

  it('tells what comes, changes and goes, by size and digest', () => {
    const [one, two] = [content('one'), content('two!')];

    expect(
      planChanges(held({ gone: one.encoded, moved: one.encoded }), wanted({ fresh: one, moved: two })),
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
    expect(planChanges(undefined, wanted({ east: content('one') }))).toHaveLength(1);
    expect(planChanges(held({ junk: Buffer.from('junk').toString('base64') }), wanted({}))).toEqual([
      { cluster: 'junk', change: 'removed', before: { bytes: 4, sha256: 'unreadable' } },
    ]);
  });
});
