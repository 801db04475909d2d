import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { diffRegistry, type KnownRegistry, NOTHING_KNOWN } from './registry-diff.ts';

const POLICY = { allowInsecureTls: false, allowProxy: false };
const GOOD = JSON.stringify({ host: 'https://east.example', bearerToken: 'first' });
const ROTATED = JSON.stringify({ host: 'https://east.example', bearerToken: 'second' });
const BAD = '{}';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const known = (entries: Record<string, string>): KnownRegistry => ({
  hashes: new Map(Object.entries(entries).map(([name, text]) => [name, hashOf(text)])),
  data: data(entries),
});
const data = (entries: Record<string, string>) =>
  new Map(Object.entries(entries).map(([name, text]) => [name, Buffer.from(text).toString('base64')]));
const names = ({ added, changed, rejected, removed }: ReturnType<typeof diffRegistry>) => ({
  added: added.map(({ name }) => name),
  changed: changed.map(({ name }) => name),
  rejected: rejected.map(({ name }) => name),
  removed,
});

describe('diffRegistry', () => {
  it('tells added, changed, rejected and removed apart, and skips what is the same', () => {
    const diff = diffRegistry(
      known({ same: GOOD, rotated: GOOD, broken: GOOD, gone: GOOD, corrected: BAD }),
      data({ same: GOOD, rotated: ROTATED, broken: BAD, corrected: GOOD, new: GOOD, newBad: BAD }),
      POLICY,
    );

    expect(names(diff)).toEqual({
      added: ['new'],
      changed: ['corrected', 'rotated'],
      rejected: ['broken', 'newBad'],
      removed: ['gone'],
    });
  });

  it('finds nothing in a registry that did not change, bad entries included', () => {
    const entries = { good: GOOD, bad: BAD };

    expect(names(diffRegistry(known(entries), data(entries), POLICY))).toEqual({
      added: [],
      changed: [],
      rejected: [],
      removed: [],
    });
  });

  it('compares contents, where the same is written in another way', () => {
    const rewritten = new Map([...data({ east: GOOD })].map(([name, text]) => [name, `${text}\n`]));

    expect(names(diffRegistry(known({ east: GOOD }), rewritten, POLICY)).changed).toEqual([]);
  });

  it('decodes only text that differs', () => {
    // What is known of it is wrong, and not noticed, since the text is the same.
    const before = { hashes: new Map([['east', 'another hash']]), data: data({ east: GOOD }) };

    expect(names(diffRegistry(before, data({ east: GOOD }), POLICY)).changed).toEqual([]);
  });

  it('copes with names that are traps for JavaScript', () => {
    const diff = diffRegistry(
      NOTHING_KNOWN,
      new Map([['__proto__', data({ x: GOOD }).get('x') ?? '']]),
      POLICY,
    );

    expect(names(diff).added).toEqual(['__proto__']);
  });
});
