import type { Explanation } from '../../base/errors/explanation.ts';

/** Something that is not as it should be, as an extension tells it. */
export interface ReportedProblem extends Explanation {
  /** A word for programs, such as `RenewalRefused`. */
  readonly code: string;
  /** What it is about, within the extension: `cluster/east`. A subject has one problem at most. */
  readonly subject: string;
  /** `warning`: it works, and will not forever. `error` by default. */
  readonly severity?: 'error' | 'warning';
  readonly since: Date;
}

/**
 * Tells what is wrong with what an extension does. A provider that extends it takes part: its problems are in the status, in `/health`, in
 * `mcce_problems` and in Events, beside those of the core.
 */
export abstract class ProblemSource {
  /** What is wrong now; called for every status, so that it reads only what is in memory. Names no secret. */
  abstract problems(): Iterable<ReportedProblem>;
}
