import type { Problem as ServiceProblem } from '../../health/problems/problem.ts';
import type { Status, ClusterStatus as ServiceClusterStatus } from '../../health/status/status.ts';
import type { OverTheWire } from '../../health/status/over-the-wire.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { API_VERSION } from '../document.ts';
import { select, type Selection } from '../selection.ts';

/** What the service answered. */
export type StatusDocument = OverTheWire<Status>;

/** Something that is not as it should be. */
export type Problem = OverTheWire<ServiceProblem>;

/** One cluster of it. */
export type ClusterStatus = OverTheWire<ServiceClusterStatus>;

/**
 * A status of some clusters alone: those, and what is wrong with them or with the whole.
 *
 * @throws CommandFailedError for a name that there is not
 */
export function selectClusters(status: StatusDocument, selection: Selection): StatusDocument {
  const clusters = select(status.clusters, selection, ({ state }) => state, []);
  const meant = new Set(clusters.map(({ name }) => name));
  const problems = status.problems.filter(({ subject }) => {
    const [what, name = ''] = subject.split('/');
    return what !== 'cluster' || meant.has(name);
  });
  return { ...status, clusters, problems };
}

/** What is not as it should be now. A warning works, and will not forever. */
export function errorsOf({ problems }: StatusDocument): Problem[] {
  return problems.filter(({ severity }) => severity === 'error');
}

/**
 * The answer of a replica that leads.
 *
 * @param whose where the answer came from, for people
 * @throws CommandFailedError when it is no status, or that of a replica that stands by and so knows no cluster's state
 */
export function leadersStatus(answer: unknown, whose: string): StatusDocument {
  if (!isStatus(answer))
    throw new CommandFailedError(
      `What answers at ${whose} is no exporter, or not one of this version; check the address.`,
    );
  const { role, election } = answer.leadership;
  if (role === 'leader') return answer;
  const holder = election?.holder ? `${election.holder} holds` : 'nobody holds';
  const lease = `the Lease ${election?.lease.namespace}/${election?.lease.name}`;
  throw new CommandFailedError(
    `The replica at ${whose} ${role === 'standby' ? 'stands by' : 'does not lead'} and knows no cluster's state; ${holder} ${lease}. Ask the leader.`,
  );
}

function isStatus(answer: unknown): answer is StatusDocument {
  if (typeof answer !== 'object' || answer === null) return false;
  const { apiVersion, kind, problems, leadership, clusters } = answer as Partial<StatusDocument>;
  return (
    apiVersion === API_VERSION &&
    kind === 'Status' &&
    typeof leadership === 'object' &&
    Array.isArray(problems) &&
    Array.isArray(clusters)
  );
}
