import { withTimeLimit } from '../../base/time/time-limit.ts';
import { failedBy, type Finding, type Verdict } from './finding.ts';

/** One thing to try. */
export interface Step {
  readonly name: string;
  /** What it throws is a failure of the step. @param signal fires when its time is over, and nobody waits for it any more */
  run(signal: AbortSignal): Finding | Promise<Finding>;
}

/** What came of a step. */
export interface StepReport extends Finding {
  readonly step: string;
}

/** How steps are carried out. */
export interface StepLimits {
  /** For each step. Milliseconds. */
  readonly limitMs: number;
  /** Ends them all. */
  readonly interruption?: AbortSignal;
  /** Told before each step that is tried. */
  readonly onStep?: (name: string) => void;
}

/** Tries the steps one after the other, until one fails; those after it are `skipped`. Never rejects. */
export async function runSteps(
  steps: readonly Step[],
  { limitMs, interruption, onStep }: StepLimits,
): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for (const step of steps) {
    if (verdictOf(reports) === 'failed') reports.push({ step: step.name, verdict: 'skipped' });
    else {
      onStep?.(step.name);
      reports.push({ step: step.name, ...(await runStep(step, limitMs, interruption)) });
    }
  }
  return reports;
}

/** The worst of the steps; what was skipped does not count. */
export function verdictOf(reports: readonly StepReport[]): Exclude<Verdict, 'skipped'> {
  const worst = (['failed', 'warning'] as const).find((verdict) =>
    reports.some((report) => report.verdict === verdict),
  );
  return worst ?? 'good';
}

async function runStep(
  step: Step,
  limitMs: number,
  interruption = new AbortController().signal,
): Promise<Finding> {
  try {
    // A step that does not heed its signal must not hold up the others either.
    return await withTimeLimit(limitMs, interruption, (signal) =>
      Promise.race([step.run(signal), rejectionOf(signal)]),
    );
  } catch (error) {
    return failedBy(error);
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    // A step that heeds it comes first: it may know better what did not end in time.
    const onAbort = () => setImmediate(() => reject(signal.reason as Error));
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
