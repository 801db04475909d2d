import { describe, expect, it } from 'vitest';
import { nameEntries } from './named-entries.ts';

const named = (...names: string[]) => nameEntries(names.map((name) => ({ name, content: name })));
const refusals = (...names: string[]) =>
  [...named(...names)].map(([name, { refusal }]) => [name, refusal?.message]);

describe('nameEntries', () => {
  it.each([
    ['east', 'east'],
    ['East_1.prod-2', 'East_1.prod-2'],
    ['https://east:6443', 'https...east.6443'],
    ['team a/east', 'team.a.east'],
    ['büro', 'b.ro'],
    ['\u{1F680}', '.x'],
  ])('makes of %j the key %s', (text, key) => {
    const [name] = named(text === '\u{1F680}' ? `${text}x` : text).keys();

    expect(name).toBe(key);
  });

  it.each(['', '.', '..', '..data', 'a'.repeat(254)])('refuses %j, of which no key can be made', (text) => {
    const [[name, message] = []] = refusals(text);

    expect(name).toBe('entry (no usable name)');
    expect(message).toContain('cannot be that of a key');
  });

  it('refuses both of two names that become the same, and names them', () => {
    expect(refusals('a/b', 'a:b', 'c')).toEqual([
      ['a.b', 'Several entries of the registry give this name: "a/b" and "a:b".'],
      ['c', undefined],
    ]);
  });

  it('says where entries of the same name are', () => {
    const entries = ['one', 'two'].map((object) => ({
      name: 'east',
      content: object,
      origin: `Secret argocd/${object}`,
    }));

    expect(nameEntries(entries).get('east')?.refusal?.message).toBe(
      'Several entries of the registry give this name: "east" in Secret argocd/one and "east" in Secret argocd/two.',
    );
  });
});
