import { describe, expect, it } from 'vitest';
import {
  aCluster,
  aStaleCluster,
  aStatus,
  NOW,
  secondsAgo,
  withAggregate,
  withClusters,
  withLeadership,
  withRegistry,
} from '../../../test/support/statuses.ts';
import { REGISTRY_STATES } from '../../cluster-config/registries/registry-view.ts';
import { PUBLICATION_STATES } from '../../storage-sync/publishing/publication-status.ts';

/** Judged as the service does it. */
const problems = (...changes: Parameters<typeof aStatus>) => aStatus(...changes).problems;
const codes = (...changes: Parameters<typeof aStatus>) =>
  problems(...changes).map(({ subject, code }) => `${subject} ${code}`);
const lost = {
  connected: false,
  since: secondsAgo(60),
  listed: true,
  failure: {
    reason: 'forbidden' as const,
    message: 'The credentials lack a permission.',
    remedy: 'Grant it.',
  },
};

describe('what is wrong', () => {
  it('is nothing while every cluster is synced, the registry there and the aggregate published', () => {
    expect(problems(withClusters(aCluster('east'), aCluster('west')))).toEqual([]);
  });

  it.each([
    ['pending', undefined, 'ClusterPending'],
    ['pending', 'tls', 'ClusterUnreachable'],
    ['stale', 'timeout', 'ClusterUnreachable'],
    ['stale', 'invalid_payload', 'SourceInvalid'],
    ['stale', 'too_large', 'AggregateTooLarge'],
    ['pending', 'too_large', 'AggregateTooLarge'],
    ['missing', 'not_found', 'SourceMissing'],
    ['rejected', 'unsafe_entry', 'EntryRefused'],
  ] as const)('is a cluster that is %s for the reason %s: %s', (state, reason, code) => {
    const { reason: _reason, ...cluster } = aCluster('east', { state });

    expect(codes(withClusters({ ...cluster, ...(reason && { reason }) }, aCluster('west')))).toEqual([
      `cluster/east ${code}`,
    ]);
  });

  it.each(REGISTRY_STATES.filter((state) => state !== 'present'))('is a registry that is %s', (state) => {
    expect(codes(withRegistry({ state }))).toEqual([
      `registry ${state === 'unknown' ? 'RegistryUnknown' : 'RegistryUnusable'}`,
    ]);
  });

  it.each(PUBLICATION_STATES.filter((state) => state !== 'published'))(
    'is an aggregate that is %s',
    (state) => {
      expect(problems(withAggregate({ state }))).toMatchObject([{ subject: 'aggregate', severity: 'error' }]);
    },
  );

  it('has since when, and message and remedy as the service has them', () => {
    expect(
      problems(
        withClusters(aStaleCluster('east')),
        withAggregate({
          state: 'failing',
          message: 'It is immutable.',
          remedy: 'Delete it.',
          since: secondsAgo(9),
        }),
      ),
    ).toEqual([
      {
        code: 'AggregateWriteFailed',
        severity: 'error',
        subject: 'aggregate',
        message: 'It is immutable.',
        remedy: 'Delete it.',
        command: 'kubectl events -n storage --for secret/multi-storage-config',
        since: secondsAgo(9),
      },
      {
        code: 'ClusterUnreachable',
        severity: 'error',
        subject: 'cluster/east',
        message: 'The server did not answer in time.',
        remedy: 'Check the network and the load of the server.',
        command: 'mcce -n storage check --cluster=east',
        since: secondsAgo(300),
      },
    ]);
  });

  it('is a watch that broke, and not one that is just being opened', () => {
    const { failure: _failure, ...opening } = lost;

    expect(codes(withRegistry({ watch: lost }), withAggregate({ watch: lost }))).toEqual([
      'registry/watch RegistryWatchLost',
      'aggregate/watch AggregateWatchLost',
    ]);
    expect(codes(withRegistry({ watch: opening }), withAggregate({ watch: opening }))).toEqual([]);
  });

  it('is why the registry was not seen, when it is known', () => {
    expect(problems(withRegistry({ state: 'unknown', watch: lost }))).toMatchObject([
      { code: 'RegistryUnknown', message: 'The credentials lack a permission.', remedy: 'Grant it.' },
    ]);
  });

  it('is a removal that is held, with the names and what confirms it', () => {
    const clusters = Array.from({ length: 23 }, (_, index) => `c${index + 10}`);
    const removal = { clusters, digest: '0123456789abcdef', since: secondsAgo(5) };

    const [held] = problems(withRegistry({ removal }));

    expect(held).toMatchObject({ code: 'RemovalHeld', subject: 'registry/removal', since: secondsAgo(5) });
    expect(held?.message).toMatch(
      /^The entries of 23 clusters left .* \(removal 0123456789abcdef\): c10, c11, .*, c29 and 3 more\.$/,
    );
    expect(held?.remedy).toContain('0123456789abcdef');
  });

  it('is a credential that expires within a week, or has: a warning', () => {
    const day = 86_400_000;
    const expiring = (days: number, kind: 'token' | 'client_certificate' = 'token') => ({
      kind,
      expires: new Date(NOW.getTime() + days * day).toISOString(),
    });

    expect(
      problems(
        withClusters(
          aCluster('a', { credentials: [expiring(8)] }),
          aCluster('b', { credentials: [expiring(6), expiring(-1, 'client_certificate')] }),
        ),
      ).map(({ subject, code, severity, since }) => [subject, code, severity, since]),
    ).toEqual([
      ['cluster/b/token', 'CredentialExpiring', 'warning', secondsAgo(86_400)],
      ['cluster/b/client_certificate', 'CredentialExpired', 'warning', secondsAgo(86_400)],
    ]);
  });

  it('is a cluster that is named twice, or is the hub: a warning', () => {
    const subjects = (...clusters: ReturnType<typeof aCluster>[]) =>
      problems(withClusters(...clusters)).map(({ code, severity, subject, message }) => [
        code,
        severity,
        subject,
        message,
      ]);

    expect(subjects(aCluster('east', { sameAs: ['west'] }), aCluster('hub', { isHub: true }))).toEqual([
      ['ClusterTwice', 'warning', 'cluster/east/identity', 'It is the same cluster as west.'],
      ['ClusterIsHub', 'warning', 'cluster/hub/identity', "Its API server is the hub's own."],
    ]);
  });

  it('is a registry that is nearly full: a warning', () => {
    const size = { bytes: 870, limitBytes: 1_000 };
    expect(problems(withRegistry({ size }))).toEqual([]);
    expect(problems(withRegistry({ size: { ...size, nearlyFullSince: secondsAgo(7) } }))).toMatchObject([
      {
        code: 'RegistryNearlyFull',
        severity: 'warning',
        subject: 'registry/size',
        message: 'The registry fills 87% of what it can hold.',
        since: secondsAgo(7),
      },
    ]);
  });

  it('is an aggregate that is nearly full: a warning', () => {
    expect(problems(withAggregate({ nearlyFullSince: secondsAgo(7) }))).toMatchObject([
      { code: 'AggregateNearlyFull', severity: 'warning', since: secondsAgo(7) },
    ]);
  });

  it('is nothing of the aggregate on a replica that stands by', () => {
    const standby = { role: 'standby' as const, since: secondsAgo(1) };

    expect(problems(withLeadership(standby), withAggregate({ state: 'waiting' }))).toEqual([]);
  });

  it('is a leader that is not known', () => {
    expect(codes(withLeadership({ role: 'unknown', since: secondsAgo(1) }))).toEqual([
      'leadership LeadershipUnknown',
    ]);
  });
});
