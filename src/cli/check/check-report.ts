import { API_VERSION, type Document } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type StepReport, verdictOf } from './step-runner.ts';
import type { TargetVerdict } from './verdicts.ts';

/** What came of one target: the hub, or a cluster. */
export interface TargetReport {
  /** Of a cluster. */
  readonly name?: string;
  /** Its address, as far as it is known. */
  readonly server?: string;
  /** The worst of its steps. */
  readonly verdict: TargetVerdict;
  readonly steps: readonly StepReport[];
}

/** All that was checked. */
export interface CheckReport extends Document {
  readonly kind: 'CheckReport';
  readonly hub: TargetReport;
  /** What fails comes first. */
  readonly clusters: readonly TargetReport[];
}

/** A target with its steps. */
export function targetReport(
  { name, server }: { name?: string; server?: string | undefined },
  steps: readonly StepReport[],
): TargetReport {
  return {
    ...(name !== undefined && { name }),
    ...(server !== undefined && { server }),
    verdict: verdictOf(steps),
    steps,
  };
}

/** The document that `-o json` prints. */
export function checkReport(hub: TargetReport, clusters: readonly TargetReport[]): CheckReport {
  return { apiVersion: API_VERSION, kind: 'CheckReport', hub, clusters };
}

/**
 * How `mcce check` ends.
 *
 * @param registryListed whether there was an answer about the registry, even that it does not exist
 */
export function exitCodeOf({ hub, clusters }: CheckReport, registryListed: boolean): ExitCode {
  if (!registryListed) return EXIT.failed;
  return [hub, ...clusters].some(({ verdict }) => verdict === 'failed') ? EXIT.degraded : EXIT.good;
}
