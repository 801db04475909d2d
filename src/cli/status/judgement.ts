import type { ClusterStatus, StatusDocument } from './status-document.ts';

/** What keeps a status from being good. */
export interface Problem {
  /** A cluster's name; `registry` or `aggregate`, which come first. */
  readonly subject: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

/** Everything that is not as it should be. Empty: registry, aggregate and all clusters are well. */
export function problemsOf(status: StatusDocument): Problem[] {
  return [...secretProblems(status), ...clusterProblems(status)];
}

/** The same of the two Secrets on the hub alone. */
export function secretProblems({ registry, aggregate }: StatusDocument): Problem[] {
  return [
    ...(registry.state === 'present' ? [] : [{ subject: 'registry', message: registryMessage(registry) }]),
    ...(aggregate.state === 'published'
      ? []
      : [{ subject: 'aggregate', message: aggregateMessage(aggregate) }]),
  ];
}

/** The same of the clusters alone. */
export function clusterProblems({ clusters }: StatusDocument): Problem[] {
  return clusters
    .filter((cluster) => !isWell(cluster))
    .map(({ name, state, message }) => ({ subject: name, message: message ?? WITHOUT_MESSAGE[state] }));
}

/** Whether the newest content of the cluster is published. */
export function isWell({ state }: ClusterStatus): boolean {
  return state === 'synced';
}

const WITHOUT_MESSAGE: Record<ClusterStatus['state'], string> = {
  pending: 'It was not read yet.',
  synced: 'All is well.',
  stale: 'Its newest reading failed; what is published may be older than its source.',
  missing: 'Its source does not exist.',
  rejected: 'Its entry in the registry is refused.',
};

function registryMessage({ state, secret, watch }: StatusDocument['registry']): string {
  const where = `The Secret ${secret.namespace}/${secret.name}`;
  switch (state) {
    case 'present':
      return 'All is well.';
    case 'unknown':
      return watch.failure?.message ?? `${where} was not seen yet.`;
    case 'missing':
      return `${where} does not exist on the hub; create it by adding a cluster.`;
    case 'empty':
      return `${where} has no entry; add a cluster.`;
    case 'all_rejected':
      return `${where} has no entry that is accepted; correct them.`;
  }
}

function aggregateMessage({ state, message, watch }: StatusDocument['aggregate']): string {
  if (message !== undefined) return message;
  switch (state) {
    case 'published':
      return 'All is well.';
    case 'waiting':
      return watch.failure?.message ?? 'It is written once registry and aggregate were seen.';
    case 'held':
      return 'It is left as it is, since the registry names no cluster that can be used.';
    case 'failing':
      return 'It could not be written; it is tried again.';
  }
}
