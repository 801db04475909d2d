import { assert, boolean, constantFrom, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aCluster,
  aStaleCluster,
  aStatus,
  NOW,
  secondsAgo,
  withClusters,
} from '../../../../test/support/statuses.ts';
import { applyUpdate, type Fleet, updateOf } from './fleet.ts';
import { clustersOf, formatView, parseView, SORTS, STATES, type View } from './view.ts';

const ALL = parseView('');
const fleet = applyUpdate(
  undefined,
  updateOf(
    aStatus(
      withClusters(
        aCluster('b', { since: secondsAgo(10) }),
        aCluster('A', { server: 'https://alpha.example', credentials: [] }),
        { ...aStaleCluster('eu-1'), reason: 'dns' },
        Object.assign(aCluster('eu-2', { state: 'rejected', reason: 'unsafe_entry' }), {
          registry: 'other/registry',
        }),
      ),
    ),
  ),
  NOW.getTime(),
) as Fleet;
const names = (view: Partial<View>) => clustersOf(fleet, { ...ALL, ...view }).map(({ name }) => name);

describe('what is shown', () => {
  it('begins with what is not well', () => {
    expect(names({})).toEqual(['eu-2', 'eu-1', 'A', 'b']);
  });

  it.each([
    ['eu', ['eu-2', 'eu-1']],
    ['EU 2', ['eu-2']],
    ['dns', ['eu-1']],
    ['alpha', ['A']],
    ['other/', ['eu-2']],
    ['.*', []],
    ['  ', ['eu-2', 'eu-1', 'A', 'b']],
  ])('is searched for %j by name, reason, server and registry', (query, found) => {
    expect(names({ query })).toEqual(found);
  });

  it('is what has a state, or a problem', () => {
    expect(names({ state: 'stale' })).toEqual(['eu-1']);
    expect(names({ problem: 'EntryRefused' })).toEqual(['eu-2']);
    expect(names({ problem: 'EntryRefused', state: 'stale' })).toEqual([]);
  });

  it('is sorted as one likes', () => {
    expect(names({ sort: 'name' })).toEqual(['A', 'b', 'eu-1', 'eu-2']);
    expect(names({ sort: 'name', descending: true })).toEqual(['eu-2', 'eu-1', 'b', 'A']);
    expect(names({ sort: 'since' })[0]).toBe('b');
    expect(names({ sort: 'success' })[0]).toBe('eu-1');
    expect(names({ sort: 'expiry' }).at(-1)).toBe('A');
  });

  it('is what its address says, both ways', () => {
    const text = string({ unit: 'binary' }).filter((each) => each.isWellFormed());
    const views = record({
      state: constantFrom(undefined, ...STATES),
      problem: text.map((each) => each || undefined),
      query: text,
      sort: constantFrom(...SORTS),
      descending: boolean(),
      cluster: text.map((each) => each || undefined),
    });

    assert(
      property(views, (view) => {
        expect(parseView(formatView(view))).toEqual(view);
      }),
    );
  });

  it.each(['#state=nonsense', '#sort=__proto__', '#%', '#=', '#state=stale=1'])(
    'is all where the address makes no sense: %s',
    (hash) => {
      expect(parseView(hash)).toEqual(ALL);
    },
  );
});
