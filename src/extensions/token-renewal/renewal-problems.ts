import { Injectable } from '@nestjs/common';
import { type Explanation, ProblemSource, type ReportedProblem } from '../../index.ts';

/** A token that could not be renewed. */
interface Failure extends ReportedProblem {
  /** The entry that it is about: with another one the problem is over. */
  readonly content: string;
}

/** Why a token is not renewed: refused by the cluster, or anything else. */
export type RenewalProblem = 'RenewalRefused' | 'RenewalFailed';

/** The tokens that could not be renewed when that was last tried. The entry keeps the one it has, so that each is a warning. */
@Injectable()
export class RenewalProblems extends ProblemSource {
  private readonly failures = new Map<string, Failure>();

  override problems(): Iterable<ReportedProblem> {
    return this.failures.values();
  }

  put(name: string, content: string, code: RenewalProblem, explanation: Explanation): void {
    const since = this.failures.get(name)?.since ?? new Date();
    const subject = `cluster/${name}`;
    this.failures.set(name, { content, code, subject, severity: 'warning', since, ...explanation });
  }

  end(name: string): void {
    this.failures.delete(name);
  }

  /** Ends those of entries that are gone or others. @param contents by name */
  keep(contents: ReadonlyMap<string, string>): void {
    for (const [name, { content }] of this.failures)
      if (contents.get(name) !== content) this.failures.delete(name);
  }
}
