import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Leadership, LeadershipChangedEvent, ProblemSource, type ReportedProblem } from '../../../index.ts';
import type { View, ViewContent } from './view.ts';

/** What is spelled out of a long list. */
const SHOWN = 5;

/** What the views lack, as far as this replica writes them. */
@Injectable()
export class ViewProblems extends ProblemSource {
  private readonly known = new Map<string, ReportedProblem>();

  constructor(private readonly leadership: Leadership) {
    super();
  }

  /** Takes note of what a view holds now. */
  note({ namespace, name }: View, content: ViewContent): void {
    const subject = `${namespace}/${name}`;
    const problem = problemOf(subject, content, this.known.get(subject)?.since ?? new Date());
    if (problem) this.known.set(subject, problem);
    else this.known.delete(subject);
  }

  override problems(): Iterable<ReportedProblem> {
    return this.known.values();
  }

  /** Another replica writes the views now, and reports what they lack. */
  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    if (!this.leadership.term) this.known.clear();
  }
}

function problemOf(
  subject: string,
  { lacks, tooLarge }: ViewContent,
  since: Date,
): ReportedProblem | undefined {
  if (tooLarge.length > 0)
    return {
      code: 'ViewTooLarge',
      subject,
      message: `The view ${subject} does not hold all of its clusters, because a Secret holds 1 MiB: ${some(tooLarge)}.`,
      remedy: 'Choose fewer clusters or keys, or split the view into several.',
      since,
    };
  if (lacks.length === 0) return undefined;
  return {
    code: 'ViewIncomplete',
    severity: 'warning',
    subject,
    message: `The view ${subject} lacks something that it asks for: ${some(lacks)}.`,
    remedy: 'Correct the views file, or add what is missing to the registry or the source.',
    since,
  };
}

function some(items: readonly string[]): string {
  const more = items.length - SHOWN;
  return more > 0 ? `${items.slice(0, SHOWN).join(', ')} and ${more} more` : items.join(', ');
}
