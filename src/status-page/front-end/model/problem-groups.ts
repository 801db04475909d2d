import type { Problem } from './wire.ts';

/** Problems with the same code and remedy. */
export interface ProblemGroup {
  readonly key: string;
  readonly code: string;
  readonly severity: Problem['severity'];
  readonly remedy: string | undefined;
  /** The most frequent one. */
  readonly message: string;
  /** Number of problems with another message. */
  readonly differing: number;
  /** The oldest first. */
  readonly problems: readonly Problem[];
}

/** Errors come before warnings, problems of the whole exporter before those of clusters, larger groups before smaller ones. */
export function groupProblems(problems: Iterable<Problem>): ProblemGroup[] {
  const groups = Map.groupBy(problems, ({ code, remedy }) => `${code}\n${remedy ?? ''}`);
  return [...groups].map(([key, members]) => groupOf(key, members)).toSorted(byUrgency);
}

/** The cluster that a problem is about; undefined: none. */
export function clusterOf(
  { subject }: Pick<Problem, 'subject'>,
  clusters: { has(name: string): boolean },
): string | undefined {
  if (!subject.startsWith('cluster/')) return undefined;
  const name = subject.slice('cluster/'.length);
  if (clusters.has(name)) return name;
  const owner = name.slice(0, Math.max(0, name.lastIndexOf('/')));
  return clusters.has(owner) ? owner : undefined;
}

function groupOf(key: string, members: readonly Problem[]): ProblemGroup {
  const problems = members.toSorted(
    (a, b) => a.since.localeCompare(b.since) || a.subject.localeCompare(b.subject),
  );
  const bySaying = [...Map.groupBy(problems, ({ message }) => message)];
  const [[message, alike] = ['', problems] as const] = bySaying.toSorted(
    ([, a], [, b]) => b.length - a.length,
  );
  const { code = '', severity = 'error', remedy } = problems[0] ?? {};
  return { key, code, severity, remedy, message, differing: problems.length - alike.length, problems };
}

function byUrgency(a: ProblemGroup, b: ProblemGroup): number {
  return (
    Number(a.severity !== 'error') - Number(b.severity !== 'error') ||
    Number(isOfClusters(a)) - Number(isOfClusters(b)) ||
    b.problems.length - a.problems.length ||
    a.key.localeCompare(b.key)
  );
}

function isOfClusters({ problems }: ProblemGroup): boolean {
  return problems.every(({ subject }) => subject.startsWith('cluster/'));
}
