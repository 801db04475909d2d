import { describe, expect, it } from 'vitest';
import {
  aCluster,
  aStaleCluster,
  aStatus,
  NOW,
  withAggregate,
  withClusters,
} from '../../../../test/support/statuses.ts';
import { clusterOf, groupProblems } from './problem-groups.ts';

const groups = (...changes: Parameters<typeof aStatus>) =>
  groupProblems(aStatus(...changes).problems).map(({ code, problems }) => [
    code,
    problems.map(({ subject }) => subject),
  ]);

describe('problems that are solved in the same way', () => {
  it('stand together; what concerns the hub comes first, warnings last', () => {
    const expiring = { credentials: [{ kind: 'token' as const, expires: NOW.toISOString() }] };

    expect(
      groups(
        withClusters(
          aCluster('a', expiring),
          aStaleCluster('b'),
          aStaleCluster('c'),
          aCluster('d', { state: 'rejected', reason: 'unsafe_entry' }),
        ),
        withAggregate({ state: 'failing' }),
      ),
    ).toEqual([
      ['AggregateWriteFailed', ['aggregate']],
      ['ClusterUnreachable', ['cluster/b', 'cluster/c']],
      ['EntryRefused', ['cluster/d']],
      ['CredentialExpired', ['cluster/a/token']],
    ]);
  });

  it('stand apart where the remedies differ', () => {
    const other = { ...aStaleCluster('c'), remedy: 'Wait.' };

    expect(groups(withClusters(aStaleCluster('b'), other))).toHaveLength(2);
  });
});

describe('the cluster of a problem', () => {
  const clusters = new Set(['east', 'a/b', 'a/b/token']);

  it.each([
    ['cluster/east', 'east'],
    ['cluster/east/token', 'east'],
    ['cluster/a/b', 'a/b'],
    ['cluster/a/b/content', 'a/b'],
    ['cluster/a/b/token', 'a/b/token'],
    ['cluster/west', undefined],
    ['cluster/', undefined],
    ['aggregate/size', undefined],
  ])('of %s is %s', (subject, name) => {
    expect(clusterOf({ subject }, clusters)).toBe(name);
  });
});
