import type { Status } from '../status.ts';
import type { Transition } from '../timeline/transition.ts';

/**
 * The status that readers have received, kept as one JSON text per cluster and problem: these are cheap to compare and to concatenate.
 * Methods return the JSON of a `StatusUpdate`.
 */
export class SentStatus {
  private summary = '';
  private problems: ReadonlyMap<string, string> = new Map();
  private clusters: ReadonlyMap<string, string> = new Map();
  private readonly lastSuccess = new Map<string, number | null>();

  constructor(status: Status) {
    this.advance(status, [], { withLastSuccess: true });
  }

  /** An update with everything. */
  whole(transitions: readonly Transition[]): string {
    const all = (texts: ReadonlyMap<string, string>): TextChanges => ({ set: [...texts.values()], gone: [] });
    return updateOf(
      true,
      this.summary,
      all(this.problems),
      all(this.clusters),
      [...this.lastSuccess],
      transitions,
    );
  }

  /**
   * Replaces it by a newer status.
   *
   * @param options.withLastSuccess false: `lastSuccess` is sent only for clusters that have other changes
   * @returns an update with the differences; undefined when there are none
   */
  advance(
    { problems, clusters, ...rest }: Status,
    transitions: readonly Transition[],
    { withLastSuccess }: { withLastSuccess: boolean },
  ): string | undefined {
    const before = { summary: this.summary, problems: this.problems, clusters: this.clusters };
    this.summary = JSON.stringify(rest);
    this.problems = new Map(problems.map((problem) => [problem.subject, JSON.stringify(problem)]));
    this.clusters = new Map(
      clusters.map((cluster) => [cluster.name, JSON.stringify({ ...cluster, lastSuccess: undefined })]),
    );
    const problemChanges = changes(before.problems, this.problems);
    const clusterChanges = changes(before.clusters, this.clusters);
    for (const name of clusterChanges.gone) this.lastSuccess.delete(name);
    const lastSuccess: [string, number | null][] = [];
    for (const cluster of clusters) {
      const { name } = cluster;
      const time = cluster.lastSuccess?.getTime() ?? null;
      const differs = before.clusters.get(name) !== this.clusters.get(name);
      if (!differs && (!withLastSuccess || this.lastSuccess.get(name) === time)) continue;
      this.lastSuccess.set(name, time);
      lastSuccess.push([name, time]);
    }
    const same =
      this.summary === before.summary &&
      lastSuccess.length === 0 &&
      transitions.length === 0 &&
      [problemChanges, clusterChanges].every(({ set, gone }) => set.length === 0 && gone.length === 0);
    if (same) return undefined;
    return updateOf(false, this.summary, problemChanges, clusterChanges, lastSuccess, transitions);
  }
}

/** Changes of a list: JSON texts and keys. */
interface TextChanges {
  set: string[];
  gone: string[];
}

function changes(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): TextChanges {
  return {
    set: [...now].flatMap(([key, text]) => (before.get(key) === text ? [] : text)),
    gone: [...before.keys()].filter((key) => !now.has(key)),
  };
}

function updateOf(
  full: boolean,
  summary: string,
  problems: TextChanges,
  clusters: TextChanges,
  lastSuccess: readonly (readonly [string, number | null])[],
  transitions: readonly Transition[],
): string {
  const list = ({ set, gone }: TextChanges) => `{"set":[${set.join(',')}],"gone":${JSON.stringify(gone)}}`;
  return `{"full":${full},"summary":${summary},"problems":${list(problems)},"clusters":${list(clusters)},"lastSuccess":${JSON.stringify(lastSuccess)},"transitions":${JSON.stringify(transitions)}}`;
}
