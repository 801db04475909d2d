import { describe, expect, it } from 'vitest';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { encodeSource, type SourceContent } from '../../storage-sync/keeping/source-content.ts';
import { heldRoom, roomByCluster } from './aggregate-room.ts';

const KIB = 1024;

/** A content of about so many KiB. */
function aContent(kib: number, letter = 'a'): SourceContent {
  const content = encodeSource(new Map([['key', letter.repeat(kib * KIB - 16)]]));
  if (!content) throw new Error('the letters are base64');
  return content;
}

function anAggregate(contents: Readonly<Record<string, SourceContent>>): SecretSnapshot {
  const data = new Map(Object.entries(contents).map(([name, { encoded }]) => [name, encoded]));
  return {
    resourceVersion: '1',
    type: 'Opaque',
    immutable: false,
    labels: new Map(),
    annotations: new Map(),
    owners: [],
    data,
  };
}

describe('heldRoom', () => {
  it('warns from 80% on', () => {
    expect(heldRoom(undefined)).toEqual({ verdict: 'good', message: '0 KiB of 1024 KiB (0%)' });
    expect(heldRoom(anAggregate({ a: aContent(512) }))).toMatchObject({
      verdict: 'good',
      message: '512 KiB of 1024 KiB (49%)',
    });
    expect(heldRoom(anAggregate({ a: aContent(900) })).verdict).toBe('warning');
  });
});

describe('roomByCluster', () => {
  const verdicts = (...args: Parameters<typeof roomByCluster>) =>
    Object.fromEntries([...roomByCluster(...args)].map(([name, { verdict }]) => [name, verdict]));

  it('has room where there is no aggregate yet', () => {
    expect(verdicts(new Map([['east', aContent(600)]]), ['east'], undefined)).toEqual({ east: 'good' });
  });

  it('has none for the one that comes too late', () => {
    const read = new Map([
      ['east', aContent(600)],
      ['west', aContent(700)],
    ]);

    expect(verdicts(read, ['east', 'west'], undefined)).toEqual({ east: 'good', west: 'failed' });
  });

  it('counts what is published of clusters that were not read', () => {
    const read = new Map([['west', aContent(600)]]);

    expect(verdicts(read, ['east', 'west'], anAggregate({ east: aContent(600) }))).toEqual({
      west: 'failed',
    });
  });

  it('does not count keys that the registry does not name, nor the old content of a cluster', () => {
    const read = new Map([['west', aContent(600, 'b')]]);

    expect(verdicts(read, ['west'], anAggregate({ gone: aContent(600), west: aContent(500) }))).toEqual({
      west: 'good',
    });
  });
});
