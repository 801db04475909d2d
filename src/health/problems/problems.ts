import { type CredentialExpiry, endsSoonFrom } from '../../cluster-config/credentials/credential-expiry.ts';
import type { Explanation } from '../../base/errors/explanation.ts';
import type { OutputStatus } from '../../storage-sync/publishing/outputs/output-status.ts';
import type { ClusterStatus, ExtensionStatus, Status } from '../status/status.ts';
import { type Problem, type ProblemCode, problem } from './problem.ts';
import { registryProblems } from './registry-problems.ts';
import { watchProblems } from './watch-problems.ts';

/** What is judged: the status without the judgement. */
export type Facts = Omit<Status, 'problems'>;

/** Everything that is wrong, what concerns all clusters first. @param now milliseconds since the epoch */
export function problemsOf(facts: Facts, now: number): Problem[] {
  return [
    ...leadershipProblems(facts.leadership),
    ...registryProblems(facts),
    // A replica that stands by looks at neither.
    ...(facts.leadership.role === 'standby' ? [] : aggregateProblems(facts.aggregate)),
    ...outputProblems(facts.outputs ?? []),
    ...extensionProblems(facts.extensions ?? []),
    ...facts.clusters.flatMap((cluster) => clusterProblems(cluster, now)),
  ];
}

function outputProblems(outputs: readonly OutputStatus[]): Problem[] {
  return outputs.flatMap(({ name, message, remedy, since }) =>
    message === undefined
      ? []
      : [
          problem('OutputFailed', `outputs/${name}`, since, {
            message: `The output ${name} is not as it should be. ${message}`,
            remedy,
          }),
        ],
  );
}

function extensionProblems(extensions: readonly ExtensionStatus[]): Problem[] {
  return extensions.flatMap(({ name, faults = [] }) =>
    faults.map(({ call, how, since }) =>
      problem('ExtensionFailed', `extensions/${name}/${call}`, since, {
        message: `The extension ${name} ${how} in ${call}.`,
        remedy: 'See the log of the exporter; correct the extension, or take it out of MCCE_EXTENSIONS.',
      }),
    ),
  );
}

function leadershipProblems({ role, since, election }: Status['leadership']): Problem[] {
  if (role !== 'unknown') return [];
  const failure = election?.failure ?? election?.watch?.failure;
  return [
    problem(
      'LeadershipUnknown',
      'leadership',
      since,
      failure ?? { message: 'It is not known yet who leads.' },
    ),
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
    ...identityProblems(subject, cluster),
    ...credentials.flatMap((credential) => credentialProblems(subject, credential, now)),
  ];
}

function identityProblems(subject: string, { sameAs = [], isHub, since }: ClusterStatus): Problem[] {
  if (isHub)
    return [
      problem('ClusterIsHub', `${subject}/identity`, since, {
        message: "Its API server is the hub's own.",
        remedy: 'Remove the entry, unless the hub is meant to be one of its clusters.',
      }),
    ];
  if (sameAs.length === 0) return [];
  return [
    problem('ClusterTwice', `${subject}/identity`, since, {
      message: `It is the same cluster as ${sameAs.join(', ')}.`,
      remedy: 'Remove one of the entries, or correct its address.',
    }),
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

function credentialProblems(subject: string, credential: CredentialExpiry, now: number): Problem[] {
  const { kind, expires } = credential;
  const soonFrom = endsSoonFrom(credential);
  if (now < soonFrom) return [];
  const expired = expires.getTime() <= now;
  const when = expires.toISOString();
  return [
    problem(
      expired ? 'CredentialExpired' : 'CredentialExpiring',
      `${subject}/${kind}`,
      expired ? expires : new Date(soonFrom),
      {
        message: `The ${CREDENTIALS[kind]} ${expired ? `expired on ${when}` : `expires on ${when}`}.`,
        remedy: 'Renew it in the entry.',
      },
    ),
  ];
}
