import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Leadership, LeadershipChangedEvent, ProblemSource, type ReportedProblem } from '../../../index.ts';

/** What is there is looked at every 30 s. Milliseconds. */
const SEEN_FOR_MS = 90_000;
/** What is spelled out of a long list. */
const SHOWN = 5;

/** What the data sources lack, and what the predecessor left, as far as this replica writes them. */
@Injectable()
export class DatasourceProblems extends ProblemSource {
  private incomplete = new Map<string, ReportedProblem>();
  private readonly leftovers = new Map<string, { since: Date; seenAtMs: number }>();

  constructor(private readonly leadership: Leadership) {
    super();
  }

  /** Takes note of the clusters whose content lacks something, each with the placeholder in question. */
  noteIncomplete(lacks: ReadonlyMap<string, string>): void {
    const before = this.incomplete;
    this.incomplete = new Map();
    for (const [cluster, placeholder] of lacks) {
      const subject = `cluster/${cluster}`;
      this.incomplete.set(cluster, {
        code: 'DatasourceIncomplete',
        severity: 'warning',
        subject,
        message: `Its content has no usable value for {${placeholder}}, so its GrafanaDatasource stays as it is.`,
        remedy: 'Correct the source of the cluster, or MCCE_X_GRAFANA_DATASOURCES_URL.',
        since: before.get(cluster)?.since ?? new Date(),
      });
    }
  }

  /** Takes note of an object of the predecessor that holds a password. */
  noteLeftover(name: string): void {
    const since = this.leftovers.get(name)?.since ?? new Date();
    this.leftovers.set(name, { since, seenAtMs: performance.now() });
  }

  override *problems(): Iterable<ReportedProblem> {
    yield* this.incomplete.values();
    for (const [name, { seenAtMs }] of this.leftovers)
      if (performance.now() - seenAtMs > SEEN_FOR_MS) this.leftovers.delete(name);
    const [first] = this.leftovers.values();
    if (!first) return;
    const names = [...this.leftovers.keys()].toSorted((one, other) => one.localeCompare(other));
    yield {
      code: 'DatasourceLeftovers',
      severity: 'warning',
      subject: 'leftovers',
      message: `GrafanaDatasources of the exporter of Primus-Lens hold passwords: ${some(names)}.`,
      remedy: 'Delete them, or set MCCE_X_GRAFANA_DATASOURCES_REMOVE_LEFTOVERS=true.',
      since: first.since,
    };
  }

  /** Another replica writes the data sources now, and reports what they lack. */
  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    if (this.leadership.term) return;
    this.incomplete.clear();
    this.leftovers.clear();
  }
}

function some(items: readonly string[]): string {
  const more = items.length - SHOWN;
  return more > 0 ? `${items.slice(0, SHOWN).join(', ')} and ${more} more` : items.join(', ');
}
