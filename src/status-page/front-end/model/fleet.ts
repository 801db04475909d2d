import type { ClusterFacts, Problem, Status, Summary, Transition, Update } from './wire.ts';

/** One cluster, as the page shows it. */
export interface Cluster extends ClusterFacts {
  /** Milliseconds since the epoch; `null`: never. */
  readonly lastSuccess: number | null;
  /** Always there: the Secret by its namespace and name. */
  readonly registry: string;
}

/** All that the page knows. Immutable. */
export interface Fleet {
  readonly summary: Summary;
  /** By subject. */
  readonly problems: ReadonlyMap<string, Problem>;
  /** By name. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** The newest first. */
  readonly transitions: readonly Transition[];
  /** The exporter's clock minus ours. Milliseconds. */
  readonly skewMs: number;
  /** When the exporter was last heard from, by our clock. Milliseconds since the epoch. */
  readonly heardAtMs: number;
}

/** As many as the exporter keeps. */
const MOST_TRANSITIONS = 200;

/**
 * Applies an update.
 *
 * @param nowMs our clock, in milliseconds since the epoch
 * @returns undefined when the update needs a state that is not known
 */
export function applyUpdate(fleet: Fleet | undefined, update: Update, nowMs: number): Fleet | undefined {
  if (!update.full && !fleet) return undefined;
  const before = update.full ? undefined : fleet;
  const problems = changed(before?.problems, update.problems, ({ subject }) => subject);
  const lastSuccess = new Map(update.lastSuccess);
  const clusters = new Map(before?.clusters);
  for (const name of update.clusters.gone) clusters.delete(name);
  const { namespace, name: secret } = update.summary.registry.secret;
  for (const facts of update.clusters.set) {
    const known = clusters.get(facts.name)?.lastSuccess ?? null;
    clusters.set(facts.name, { registry: `${namespace}/${secret}`, ...facts, lastSuccess: known });
  }
  for (const [name, time] of lastSuccess) {
    const cluster = clusters.get(name);
    if (cluster) clusters.set(name, { ...cluster, lastSuccess: time });
  }
  return {
    summary: update.summary,
    problems,
    clusters,
    transitions: merged(before?.transitions ?? [], update.transitions),
    skewMs: fleet?.skewMs ?? 0,
    heardAtMs: nowMs,
  };
}

/** The fleet after a sign of life. @param clock the exporter's, as a date; undefined: unknown */
export function afterSignOfLife(fleet: Fleet, clock: string | undefined, nowMs: number): Fleet {
  const clockMs = Date.parse(clock ?? '');
  return { ...fleet, heardAtMs: nowMs, ...(!Number.isNaN(clockMs) && { skewMs: clockMs - nowMs }) };
}

/** The answer of `api/v1/status` as an update, without transitions. */
export function updateOf({ problems, clusters, ...summary }: Status): Update {
  return {
    full: true,
    summary,
    problems: { set: problems, gone: [] },
    clusters: { set: clusters, gone: [] },
    lastSuccess: clusters.map(({ name, lastSuccess }) => [
      name,
      lastSuccess === undefined ? null : Date.parse(lastSuccess),
    ]),
    transitions: [],
  };
}

function changed<Item>(
  before: ReadonlyMap<string, Item> | undefined,
  { set, gone }: { set: readonly Item[]; gone: readonly string[] },
  keyOf: (item: Item) => string,
): ReadonlyMap<string, Item> {
  const after = new Map(before);
  for (const key of gone) after.delete(key);
  for (const item of set) after.set(keyOf(item), item);
  return after;
}

/** Newer forms of a transition replace older ones. */
function merged(before: readonly Transition[], news: readonly Transition[]): readonly Transition[] {
  if (news.length === 0) return before;
  const byId = new Map([...before, ...news].map((transition) => [transition.id, transition]));
  return [...byId.values()].toSorted((a, b) => b.id - a.id).slice(0, MOST_TRANSITIONS);
}
