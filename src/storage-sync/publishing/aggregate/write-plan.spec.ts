import { describe, expect, it } from 'vitest';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { type Aggregate, MANAGED_BY, MANAGED_BY_LABEL } from './aggregate.ts';
import { planWrite } from './write-plan.ts';

const annotations: Aggregate['annotations'] = {
  'multi-cluster-config-exporter/content-hash': 'hash',
  'multi-cluster-config-exporter/stale-clusters': '',
  'multi-cluster-config-exporter/cluster-states': '',
};
const labels = { [MANAGED_BY_LABEL]: MANAGED_BY };
const aggregate = (contents: Record<string, string>): Aggregate => ({
  part: 2,
  labels,
  contents: new Map(
    Object.entries(contents).map(([name, encoded]) => [name, { encoded, bytes: 1, digest: encoded }]),
  ),
  annotations,
});
const held = (change: Partial<SecretSnapshot> = {}): SecretSnapshot => ({
  resourceVersion: '7',
  type: 'Opaque',
  immutable: false,
  labels: new Map(Object.entries(labels)),
  annotations: new Map(Object.entries(annotations)),
  owners: [],
  data: new Map([['east', 'e']]),
  ...change,
});
const NOTHING = {
  part: 2,
  resourceVersion: '7',
  set: new Map(),
  remove: [],
  annotations: {},
  labels: {},
};

describe('what has to be written', () => {
  it('is nothing when the hub holds it already, whatever others wrote beside it', () => {
    const more = new Map([...held().labels, ['team', 'storage']]);
    const others = new Map([...held().annotations, ['note', 'theirs']]);

    expect(planWrite(aggregate({ east: 'e' }), held())).toBeUndefined();
    expect(planWrite(aggregate({ east: 'e' }), held({ labels: more, annotations: others }))).toBeUndefined();
  });

  it('is nothing when there is nothing and nothing was read', () => {
    expect(planWrite(aggregate({}), undefined)).toBeUndefined();
  });

  it('is all of it when there is nothing', () => {
    expect(planWrite(aggregate({ east: 'e' }), undefined)).toEqual({
      part: 2,
      resourceVersion: undefined,
      set: new Map([['east', 'e']]),
      remove: [],
      annotations,
      labels,
    });
  });

  it.each([
    ['another value', { data: new Map([['east', 'other']]) }, { set: new Map([['east', 'e']]) }],
    [
      'a key too many',
      {
        data: new Map([
          ['east', 'e'],
          ['x', ''],
        ]),
      },
      { remove: ['x'] },
    ],
    ['a key too few', { data: new Map() }, { set: new Map([['east', 'e']]) }],
    ['another key', { data: new Map([['west', 'e']]) }, { set: new Map([['east', 'e']]), remove: ['west'] }],
    ['no label', { labels: new Map() }, { labels }],
    ['no annotation', { annotations: new Map() }, { annotations }],
    [
      'another annotation',
      {
        annotations: new Map([...held().annotations, ['multi-cluster-config-exporter/content-hash', 'old']]),
      },
      { annotations: { 'multi-cluster-config-exporter/content-hash': 'hash' } },
    ],
  ])('is the difference to %s', (_what, change, plan) => {
    expect(planWrite(aggregate({ east: 'e' }), held(change))).toEqual({ ...NOTHING, ...plan });
  });
});
