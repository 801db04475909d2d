import { explain } from '../../base/errors/explanation.ts';
import type { Problem } from '../../health/problems/problem.ts';
import type { ClusterStatus, Status } from '../../health/status/status.ts';
import { type EventReason, isEventReason } from './event-reasons.ts';

/** How something stands. */
export interface Condition {
  /** What it is that stands so: the subject of a problem, or `leader`. */
  readonly subject: string;
  /** The reason of the Event that tells of it; `unsettled`: wait and see. */
  readonly state: EventReason | 'good' | 'unsettled';
  /** What of it: where this changes, it is told again. */
  readonly detail?: string | undefined;
  /** A sentence or more, if it is told alone. */
  readonly text: string;
  /** Its part of the list, if it is told together with others. */
  readonly brief: string;
}

/** How everything stands that there are Events about. What is wrong is what the status says; nothing is judged here. */
export function conditionsOf(status: Status): Condition[] {
  const problems = new Map(status.problems.map((problem) => [problem.subject, problem]));
  const { election } = status.leadership;
  return [
    ...(election ? [leader(election.identity)] : []),
    ...Object.entries(WELL).map(([subject, text]) => hubCondition(subject, text, problems, status.registry)),
    ...(status.registries ?? []).map(({ name }) =>
      hubCondition(
        `registries/${name}`,
        `The registry ${name} names usable clusters again.`,
        problems,
        status.registry,
      ),
    ),
    ...status.problems.filter(isOfExtension).map(extensionCondition),
    ...status.clusters.flatMap((cluster) => clusterConditions(cluster, problems)),
  ];
}

function isOfExtension({ subject }: Problem): boolean {
  return subject.startsWith('extensions/') || subject.startsWith('outputs/');
}

/** That it is over is not told: the condition goes with the problem. */
function extensionCondition(problem: Problem): Condition {
  const { subject, code } = problem;
  const text = `${code}: ${explain(problem)}`;
  return { subject, state: 'ExtensionProblem', detail: text, text, brief: `${subject} (${code})` };
}

function leader(identity: string): Condition {
  return alone('leader', 'LeaderChanged', `${identity} leads now.`);
}

/** What Events are written about on the hub, and what they say once it recovers. */
const WELL = {
  registry: 'The registry names usable clusters again.',
  'registry/removal': 'No removal of clusters is held any more.',
  aggregate: 'The aggregate holds what it should again.',
};

function hubCondition(
  subject: string,
  well: string,
  problems: ReadonlyMap<string, Problem>,
  { removal }: Status['registry'],
): Condition {
  const problem = problems.get(subject);
  if (!problem) return alone(subject, 'good', well);
  const { code } = problem;
  const begin = code === 'AggregateWriteFailed' ? 'The aggregate cannot be written. ' : '';
  const end = code === 'RegistryUnusable' ? ' The published keys are kept.' : '';
  const detail = code === 'RemovalHeld' ? removal?.digest : undefined;
  return { ...alone(subject, stateOf(code), `${begin}${explain(problem)}${end}`), detail };
}

const CLUSTER_TEXTS: Partial<Record<string, (name: string) => string>> = {
  EntryRefused: (name) => `The entry of cluster ${name} is refused`,
  SourceMissing: (name) => `The source of cluster ${name} does not exist`,
  SourceInvalid: (name) => `The source of cluster ${name} cannot be published`,
  AggregateTooLarge: (name) => `The content of cluster ${name} does not fit into the aggregate`,
  ClusterUnreachable: (name) => `Cluster ${name} cannot be read`,
};

function clusterConditions(cluster: ClusterStatus, problems: ReadonlyMap<string, Problem>): Condition[] {
  const { name, reason, published, credentials = [] } = cluster;
  const subject = `cluster/${name}`;
  const problem = problems.get(subject);
  const kept = published ? ' Its published key is kept.' : '';
  return [
    problem
      ? {
          subject,
          state: stateOf(problem.code),
          text: `${CLUSTER_TEXTS[problem.code]?.(name) ?? ''} (${reason}). ${explain(problem)}${kept}`,
          brief: `${name} (${reason})`,
        }
      : { subject, state: 'good', text: `Cluster ${name} is synced again.`, brief: name },
    ...credentials.map(({ kind, expires }): Condition => {
      const expiry = problems.get(`${subject}/${kind}`);
      const what = kind === 'token' ? 'token' : 'client certificate';
      return {
        subject: `${subject}/${kind}`,
        state: expiry ? stateOf(expiry.code) : 'good',
        text: expiry ? `Cluster ${name}: ${explain(expiry)}` : '',
        brief: `${name} (${what}, ${expires.toISOString()})`,
      };
    }),
  ];
}

/** Not every problem is worth an Event: some pass by themselves, or are covered by another. */
function stateOf(code: string): Condition['state'] {
  return isEventReason(code) ? code : 'unsettled';
}

function alone(subject: string, state: Condition['state'], text: string): Condition {
  return { subject, state, text, brief: subject };
}
