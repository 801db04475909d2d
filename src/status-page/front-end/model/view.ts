import type { Cluster, Fleet } from './fleet.ts';
import { clusterOf } from './problem-groups.ts';
import type { State } from './wire.ts';

/** The worst first. */
export const STATES = ['rejected', 'missing', 'stale', 'pending', 'synced'] as const satisfies State[];

/** By what clusters can be sorted. */
export const SORTS = ['state', 'name', 'since', 'success', 'expiry'] as const;
export type Sort = (typeof SORTS)[number];

/** What the page shows. The address holds all of it, after the `#`. */
export interface View {
  /** Undefined: all. */
  readonly state: State | undefined;
  /** Code of a problem; undefined: all clusters. */
  readonly problem: string | undefined;
  /** Search words. */
  readonly query: string;
  readonly sort: Sort;
  readonly descending: boolean;
  /** The cluster whose details are open. */
  readonly cluster: string | undefined;
}

/** Reads the address, and ignores what it does not know. */
export function parseView(hash: string): View {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const sort = parameters.get('sort') ?? '';
  return {
    state: STATES.find((state) => state === parameters.get('state')),
    problem: parameters.get('problem') || undefined,
    query: parameters.get('q') ?? '',
    sort: SORTS.find((each) => each === sort.replace(/^-/, '')) ?? 'state',
    descending: sort.startsWith('-'),
    cluster: parameters.get('cluster') || undefined,
  };
}

/** The address of a view; empty for the default one. */
export function formatView({ state, problem, query, sort, descending, cluster }: View): string {
  const parameters = new URLSearchParams();
  if (state) parameters.set('state', state);
  if (problem) parameters.set('problem', problem);
  if (query) parameters.set('q', query);
  if (sort !== 'state' || descending) parameters.set('sort', `${descending ? '-' : ''}${sort}`);
  if (cluster) parameters.set('cluster', cluster);
  const text = parameters.toString();
  return text === '' ? '' : `#${text}`;
}

/** The clusters that a view shows, in its order. */
export function clustersOf({ clusters, problems }: Fleet, view: View): Cluster[] {
  const words = view.query.toLowerCase().split(/\s+/).filter(Boolean);
  const troubled = view.problem === undefined ? undefined : new Set<string>();
  for (const problem of troubled ? problems.values() : []) {
    const name = problem.code === view.problem ? clusterOf(problem, clusters) : undefined;
    if (name !== undefined) troubled?.add(name);
  }
  const shown = [...clusters.values()].filter(
    (cluster) =>
      (!view.state || cluster.state === view.state) &&
      (!troubled || troubled.has(cluster.name)) &&
      words.every((word) => isFoundIn(cluster, word)),
  );
  const direction = view.descending ? -1 : 1;
  const keyed = shown.map((cluster) => ({ cluster, key: sortKey(cluster, view.sort) }));
  return keyed
    .toSorted((a, b) => compare(a.key, b.key) * direction || compare(a.cluster.name, b.cluster.name))
    .map(({ cluster }) => cluster);
}

/** When the first of its credentials expires. Milliseconds since the epoch; Infinity when none says. */
export function firstExpiry({ credentials = [] }: Pick<Cluster, 'credentials'>): number {
  return Math.min(Number.POSITIVE_INFINITY, ...credentials.map(({ expires }) => Date.parse(expires)));
}

function isFoundIn({ name, reason, server, registry }: Cluster, word: string): boolean {
  return [name, reason, server, registry].some((text) => text?.toLowerCase().includes(word));
}

/** Clusters with smaller keys come first. */
function sortKey(cluster: Cluster, sort: Sort): number | string {
  switch (sort) {
    case 'state':
      return STATES.indexOf(cluster.state);
    case 'name':
      return cluster.name;
    case 'since':
      return -Date.parse(cluster.since);
    case 'success':
      return cluster.lastSuccess ?? Number.NEGATIVE_INFINITY;
    case 'expiry':
      return firstExpiry(cluster);
  }
}

/** `c2` comes before `c10`. */
const { compare: compareNames } = new Intl.Collator('en', { numeric: true });

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'string' && typeof b === 'string') return compareNames(a, b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
