import { describe, expect, it } from 'vitest';
import { nameEntries } from './named-entries.ts';
import { compareEntries, mergeEntries, type NamingRegistry, type OwnedEntry } from './registry-diff.ts';

/** A registry that names clusters by these contents. */
function aRegistry(
  name: string,
  contents: Readonly<Record<string, string>>,
  reserved: readonly string[] = [],
): NamingRegistry {
  const entries = Object.entries(contents).map(([each, content]) => ({ name: each, content }));
  return { name, entries: nameEntries(entries), reserved: new Set(reserved) };
}

const owners = (entries: ReadonlyMap<string, OwnedEntry>) =>
  Object.fromEntries([...entries].map(([name, { registry }]) => [name, registry.name]));

describe('mergeEntries', () => {
  it('gives a name to the first registry that has it', () => {
    const [first, second, third] = [
      aRegistry('first', { east: '1', west: '1' }),
      aRegistry('second', { west: '2', north: '2' }),
      aRegistry('third', { west: '3', north: '3', south: '3' }),
    ];

    const { entries, shadowed } = mergeEntries([first, second, third]);

    expect(owners(entries)).toEqual({ east: 'first', west: 'first', north: 'second', south: 'third' });
    expect(shadowed.get(second)).toEqual(new Map([['west', first]]));
    expect(shadowed.get(third)).toEqual(
      new Map([
        ['west', first],
        ['north', second],
      ]),
    );
  });

  it('gives no name away that a registry had which is not there', () => {
    const gone = aRegistry('gone', {}, ['east']);
    const there = aRegistry('there', { east: '1', west: '1' });

    const { entries, shadowed } = mergeEntries([gone, there]);

    expect(owners(entries)).toEqual({ west: 'there' });
    expect(shadowed.get(there)).toEqual(new Map([['east', gone]]));
  });
});

describe('compareEntries', () => {
  const registry = aRegistry('secret', {});
  const entriesOf = (contents: Readonly<Record<string, string>>, of = registry) =>
    mergeEntries([{ ...of, entries: aRegistry('', contents).entries }]).entries;
  const owned = (contents: Readonly<Record<string, string>>, of: NamingRegistry = registry) =>
    new Map([...entriesOf(contents)].map(([name, { entry }]) => [name, { entry, registry: of }]));

  it('tells new and changed entries from those that left, and skips what is the same', () => {
    const before = owned({ same: '1', changed: '1', gone: '1' });
    const after = owned({ same: '1', new: '1', changed: '2' });

    expect(compareEntries(before, after)).toEqual({ fresh: ['changed', 'new'], gone: ['gone'] });
  });

  it('takes an entry of the same content in another registry for another one', () => {
    const after = owned({ east: '1' }, aRegistry('other', {}));

    expect(compareEntries(owned({ east: '1' }), after).fresh).toEqual(['east']);
  });

  it('copes with names that are traps for JavaScript', () => {
    const after = mergeEntries([
      { ...registry, entries: nameEntries([{ name: '__proto__', content: '1' }]) },
    ]).entries;

    expect(compareEntries(new Map(), after).fresh).toEqual(['__proto__']);
  });
});
