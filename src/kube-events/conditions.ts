import { type CredentialExpiry, EXPIRES_SOON_MS } from '../cluster-config/credential-expiry.ts';
import type { RegistryState } from '../cluster-config/registry-view.ts';
import type { ClusterStatus, Status } from '../health/status.ts';
import type { EventReason } from './event-reasons.ts';

/** How something stands. */
export interface Condition {
  /** What it is that stands so: `cluster/east`. */
  readonly subject: string;
  /** The reason of the Event that tells of it; `unsettled`: wait and see. */
  readonly state: EventReason | 'good' | 'unsettled';
  /** A sentence or more, if it is told alone. */
  readonly text: string;
  /** Its part of the list, if it is told together with others. */
  readonly brief: string;
}

/** How everything stands that there are Events about. `now` is in milliseconds since the epoch. */
export function conditionsOf(status: Status, now: number): Condition[] {
  const { leadership, registry, aggregate, clusters } = status;
  const tooLarge = new Set(aggregate.tooLarge.map(({ cluster }) => cluster));
  return [
    ...(leadership.election ? [leader(leadership.election.identity)] : []),
    registryCondition(registry.state),
    aggregateCondition(aggregate),
    ...clusters.map((cluster) => clusterCondition(cluster, tooLarge.has(cluster.name))),
    ...clusters.flatMap(({ name, credentials = [] }) =>
      credentials.map((credential) => credentialCondition(name, credential, now)),
    ),
  ];
}

function leader(identity: string): Condition {
  return alone('leader', 'LeaderChanged', `${identity} leads now.`);
}

const REGISTRY_TEXTS: Partial<Record<RegistryState, string>> = {
  missing: 'The registry does not exist. The aggregate is left as it is; create the registry.',
  empty: 'The registry has no entry. The aggregate is left as it is; add a cluster, or delete the aggregate.',
  all_rejected:
    'Every entry of the registry is refused. The aggregate is left as it is; correct the entries.',
};

function registryCondition(state: RegistryState): Condition {
  if (state === 'unknown') return alone('registry', 'unsettled', '');
  const text = REGISTRY_TEXTS[state];
  if (text === undefined) return alone('registry', 'good', 'The registry names usable clusters again.');
  return alone('registry', 'RegistryUnusable', text);
}

function aggregateCondition({ state, message }: Status['aggregate']): Condition {
  switch (state) {
    case 'failing':
      return alone(
        'aggregate',
        'AggregateWriteFailed',
        `The aggregate cannot be written. ${message ?? ''}`.trim(),
      );
    case 'published':
      return alone('aggregate', 'good', 'The aggregate holds again what it shall.');
    case 'waiting':
    case 'held':
      return alone('aggregate', 'unsettled', '');
  }
}

function clusterCondition(
  { name, state, reason, message, published }: ClusterStatus,
  tooLarge: boolean,
): Condition {
  const subject = `cluster/${name}`;
  if (state === 'synced')
    return { subject, state: 'good', text: `Cluster ${name} is synced again.`, brief: name };
  if (reason === undefined) return { subject, state: 'unsettled', text: '', brief: '' };
  const problem = tooLarge ? 'AggregateTooLarge' : problemOf(state, reason);
  const kept = published ? ' Its published key is kept.' : '';
  return {
    subject,
    state: problem,
    text: `${PROBLEMS[problem](name)} (${reason}). ${message ?? ''}${kept}`,
    brief: `${name} (${reason})`,
  };
}

function problemOf(
  state: ClusterStatus['state'],
  reason: NonNullable<ClusterStatus['reason']>,
): keyof typeof PROBLEMS {
  if (state === 'rejected') return 'EntryRefused';
  if (state === 'missing') return 'SourceMissing';
  return reason === 'invalid_payload' || reason === 'too_large' ? 'SourceInvalid' : 'ClusterUnreachable';
}

const PROBLEMS = {
  EntryRefused: (name: string) => `The entry of cluster ${name} is refused`,
  SourceMissing: (name: string) => `The source of cluster ${name} does not exist`,
  SourceInvalid: (name: string) => `The source of cluster ${name} cannot be published`,
  AggregateTooLarge: (name: string) => `The content of cluster ${name} does not fit into the aggregate`,
  ClusterUnreachable: (name: string) => `Cluster ${name} cannot be read`,
};

function credentialCondition(name: string, { kind, expires }: CredentialExpiry, now: number): Condition {
  const leftMs = expires.getTime() - now;
  const what = kind === 'token' ? 'token' : 'client certificate';
  const when = expires.toISOString();
  const common = { subject: `credential/${name}/${kind}`, brief: `${name} (${what}, ${when})` };
  if (leftMs > EXPIRES_SOON_MS) return { ...common, state: 'good', text: '' };
  const remedy = 'Renew it in the entry.';
  return leftMs > 0
    ? {
        ...common,
        state: 'CredentialExpiring',
        text: `The ${what} of cluster ${name} ends on ${when}. ${remedy}`,
      }
    : {
        ...common,
        state: 'CredentialExpired',
        text: `The ${what} of cluster ${name} ended on ${when}. ${remedy}`,
      };
}

function alone(subject: string, state: Condition['state'], text: string): Condition {
  return { subject, state, text, brief: subject };
}
