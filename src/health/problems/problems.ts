import { type CredentialExpiry, EXPIRES_SOON_MS } from '../../cluster-config/credential-expiry.ts';
import type { RegistryState } from '../../cluster-config/registry-view.ts';
import type { Explanation } from '../../base/errors/explanation.ts';
import type { WatchStatus } from '../../kube/watching/object-watcher.ts';
import { type Problem, type ProblemCode, PROBLEMS } from './problem.ts';
import type { ClusterStatus, Status } from '../status/status.ts';

/** What is judged: the status without the judgement. */
export type Facts = Omit<Status, 'problems'>;

/** Everything that is wrong, what concerns all clusters first. @param now milliseconds since the epoch */
export function problemsOf(facts: Facts, now: number): Problem[] {
  return [
    ...leadershipProblems(facts.leadership),
    ...registryProblems(facts.registry),
    // A replica that stands by looks at neither.
    ...(facts.leadership.role === 'standby' ? [] : aggregateProblems(facts.aggregate)),
    ...facts.clusters.flatMap((cluster) => clusterProblems(cluster, now)),
  ];
}

function leadershipProblems({ role, since, election }: Status['leadership']): Problem[] {
  if (role !== 'unknown') return [];
  const failure = election?.failure ?? election?.watch.failure;
  return [
    problem(
      'LeadershipUnknown',
      'leadership',
      since,
      failure ?? { message: 'It is not known yet who leads.' },
    ),
  ];
}

const UNUSABLE: Partial<Record<RegistryState, Explanation>> = {
  missing: { message: 'The registry does not exist on the hub.', remedy: 'Create it by adding a cluster.' },
  empty: {
    message: 'The registry has no entry.',
    remedy: 'Add a cluster; or delete the aggregate, if no cluster is to be in it.',
  },
  all_rejected: { message: 'Every entry of the registry is refused.', remedy: 'Correct the entries.' },
};

function registryProblems({ state, since, watch, removal }: Status['registry']): Problem[] {
  if (state === 'unknown')
    return [
      problem(
        'RegistryUnknown',
        'registry',
        since,
        watch.failure ?? { message: 'The registry was not seen yet.' },
      ),
    ];
  const unusable = UNUSABLE[state];
  return [
    ...(unusable ? [problem('RegistryUnusable', 'registry', since, unusable)] : []),
    ...watchProblems('RegistryWatchLost', 'registry/watch', watch),
    ...(removal
      ? [
          problem('RemovalHeld', 'registry/removal', removal.since, {
            message: `The entries of ${counted(removal.clusters.length, 'cluster')} left the registry at once, and their keys are kept (removal ${removal.digest}): ${named(removal.clusters)}.`,
            remedy: `Put the entries back; or, if the removal is meant, confirm it with: mcce cluster confirm-removal ${removal.digest}`,
          }),
        ]
      : []),
  ];
}

function aggregateProblems(aggregate: Status['aggregate']): Problem[] {
  const { watch, nearlyFullSince } = aggregate;
  return [
    ...publicationProblems(aggregate),
    ...(aggregate.state === 'waiting' ? [] : watchProblems('AggregateWatchLost', 'aggregate/watch', watch)),
    ...(nearlyFullSince
      ? [
          problem('AggregateNearlyFull', 'aggregate/size', nearlyFullSince, {
            message: 'The aggregate is close to the limit of what a Secret can hold.',
            remedy: 'Make sources smaller; what does not fit is not published.',
          }),
        ]
      : []),
  ];
}

function publicationProblems({ state, since, message, remedy, watch }: Status['aggregate']): Problem[] {
  const said = { message: message ?? 'The aggregate cannot be written.', remedy };
  switch (state) {
    case 'published':
      return [];
    case 'waiting':
      return [
        problem(
          'AggregatePending',
          'aggregate',
          since,
          watch.failure ?? { message: 'The aggregate is written once it and the registry were seen.' },
        ),
      ];
    case 'paused':
      return [
        problem('AggregatePaused', 'aggregate', since, {
          message: 'The aggregate is left as it is, since the registry names no cluster that can be used.',
        }),
      ];
    case 'contested':
      return [problem('AggregateContested', 'aggregate', since, said)];
    case 'failing':
      return [problem('AggregateWriteFailed', 'aggregate', since, said)];
  }
}

function watchProblems(
  code: ProblemCode,
  subject: string,
  { connected, since, failure }: WatchStatus,
): Problem[] {
  // Without a failure it is just being opened.
  return connected || !failure ? [] : [problem(code, subject, since, failure)];
}

function clusterProblems(cluster: ClusterStatus, now: number): Problem[] {
  const { name, since, reason, message, remedy, tooLargeSince, credentials = [] } = cluster;
  const subject = `cluster/${name}`;
  const code = clusterCode(cluster);
  return [
    ...(code
      ? [problem(code, subject, since, { message: message ?? 'The cluster was not read yet.', remedy })]
      : []),
    ...(tooLargeSince && reason !== 'too_large'
      ? [problem('AggregateTooLarge', `${subject}/content`, tooLargeSince, TOO_LARGE)]
      : []),
    ...credentials.flatMap((credential) => credentialProblems(subject, credential, now)),
  ];
}

const TOO_LARGE: Explanation = {
  message: 'What was read last does not fit into the aggregate.',
  remedy: 'Make sources smaller.',
};

function clusterCode({ state, reason }: ClusterStatus): ProblemCode | undefined {
  if (state === 'synced') return undefined;
  if (state === 'rejected') return 'EntryRefused';
  if (reason === undefined) return 'ClusterPending';
  if (state === 'missing') return 'SourceMissing';
  if (reason === 'too_large') return 'AggregateTooLarge';
  return reason === 'invalid_payload' ? 'SourceInvalid' : 'ClusterUnreachable';
}

const CREDENTIALS = { token: 'token', client_certificate: 'client certificate' };

function credentialProblems(subject: string, { kind, expires }: CredentialExpiry, now: number): Problem[] {
  const leftMs = expires.getTime() - now;
  if (leftMs > EXPIRES_SOON_MS) return [];
  const expired = leftMs <= 0;
  const when = expires.toISOString();
  return [
    problem(
      expired ? 'CredentialExpired' : 'CredentialExpiring',
      `${subject}/${kind}`,
      expired ? expires : new Date(expires.getTime() - EXPIRES_SOON_MS),
      {
        message: `The ${CREDENTIALS[kind]} ${expired ? `expired on ${when}` : `expires on ${when}`}.`,
        remedy: 'Renew it in the entry.',
      },
    ),
  ];
}

function problem(code: ProblemCode, subject: string, since: Date, { message, remedy }: Explanation): Problem {
  const { severity } = PROBLEMS[code];
  return { code, severity, subject, message, ...(remedy !== undefined && { remedy }), since };
}

/** Names that are spelled out in a sentence. */
const MOST_NAMES = 20;

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
