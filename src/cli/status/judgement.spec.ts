import { describe, expect, it } from 'vitest';
import {
  aCluster,
  aStaleCluster,
  aStatus,
  withAggregate,
  withClusters,
  withRegistry,
} from '../../../test/support/statuses.ts';
import { REGISTRY_STATES } from '../../cluster-config/registry-view.ts';
import { PUBLICATION_STATES } from '../../storage-sync/publishing/publication-status.ts';
import { problemsOf } from './judgement.ts';

const subjects = (...changes: Parameters<typeof aStatus>) =>
  problemsOf(aStatus(...changes)).map(({ subject }) => subject);

describe('what is wrong with a status', () => {
  it('is nothing while every cluster is synced, the registry there and the aggregate published', () => {
    expect(problemsOf(aStatus(withClusters(aCluster('east'), aCluster('west'))))).toEqual([]);
  });

  it.each(['pending', 'stale', 'missing', 'rejected'] as const)('is a cluster that is %s', (state) => {
    expect(subjects(withClusters(aCluster('east', { state }), aCluster('west')))).toEqual(['east']);
  });

  it.each(REGISTRY_STATES.filter((state) => state !== 'present'))('is a registry that is %s', (state) => {
    expect(subjects(withRegistry({ state }))).toEqual(['registry']);
  });

  it.each(PUBLICATION_STATES.filter((state) => state !== 'published'))(
    'is an aggregate that is %s',
    (state) => {
      expect(subjects(withAggregate({ state }))).toEqual(['aggregate']);
    },
  );

  it('is told in the words of the service, where it has some', () => {
    const status = aStatus(
      withClusters(aStaleCluster('east'), aCluster('west', { state: 'pending' })),
      withAggregate({ state: 'failing', message: 'The Secret is immutable; delete it.' }),
    );

    expect(problemsOf(status)).toEqual([
      { subject: 'aggregate', message: 'The Secret is immutable; delete it.' },
      {
        subject: 'east',
        message: 'The server did not answer in time; check the network and the load of the server.',
      },
      { subject: 'west', message: 'It was not read yet.' },
    ]);
  });

  it('is why the registry was not seen, when it is known', () => {
    const failure = { reason: 'forbidden', message: 'The credentials lack a permission.' } as const;
    const watch = { connected: false, since: '2026-11-23T09:00:00Z', listed: false, failure };

    expect(problemsOf(aStatus(withRegistry({ state: 'unknown', watch })))).toEqual([
      { subject: 'registry', message: 'The credentials lack a permission.' },
    ]);
  });
});
