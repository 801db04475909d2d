import type { Transition, TransitionKind } from './transition.ts';

/** Transitions that are kept. */
const MOST_TRANSITIONS = 200;
/** Names that are kept with a transition of several clusters. */
const MOST_NAMES = 50;
/** The same transition of several clusters within this time becomes one. Milliseconds. */
const TOGETHER_MS = 2_000;

/** The newest transitions, with the same transition of several clusters merged. Bounded. */
export class TransitionLog {
  private readonly kept: { transition: Transition; revision: number }[] = [];
  private newestId = 0;
  private newestRevision = 0;

  /** Rises with every change. */
  get revision(): number {
    return this.newestRevision;
  }

  /** The oldest first. */
  get entries(): readonly Transition[] {
    return this.kept.map(({ transition }) => transition);
  }

  /** Those that are new, or cover more clusters, since a revision. */
  since(revision: number): Transition[] {
    return this.kept.filter((each) => each.revision > revision).map(({ transition }) => transition);
  }

  /** @param clusters an empty list adds nothing; undefined: it is not about clusters */
  add(
    kind: TransitionKind,
    what: Pick<Transition, 'from' | 'to' | 'reason'>,
    clusters?: readonly string[],
    at = new Date(),
  ): void {
    if (clusters?.length === 0) return;
    const revision = ++this.newestRevision;
    const like = clusters && this.kept.findLast(({ transition }) => isAlike(transition, kind, what, at));
    if (like) {
      const { transition } = like;
      like.revision = revision;
      like.transition = {
        ...transition,
        count: transition.count + clusters.length,
        clusters: [...transition.clusters, ...clusters].slice(0, MOST_NAMES),
      };
      return;
    }
    const names = clusters?.slice(0, MOST_NAMES) ?? [];
    const transition = {
      id: ++this.newestId,
      kind,
      at,
      ...what,
      count: clusters?.length ?? 0,
      clusters: names,
    };
    this.kept.push({ transition, revision });
    if (this.kept.length > MOST_TRANSITIONS) this.kept.shift();
  }
}

function isAlike(
  transition: Transition,
  kind: TransitionKind,
  what: Pick<Transition, 'from' | 'to' | 'reason'>,
  at: Date,
): boolean {
  return (
    transition.kind === kind &&
    transition.from === what.from &&
    transition.to === what.to &&
    transition.reason === what.reason &&
    at.getTime() - transition.at.getTime() <= TOGETHER_MS
  );
}
