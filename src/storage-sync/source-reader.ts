import type { Cluster } from '../cluster-config/cluster.ts';
import type { FailureReason, Reason } from '../kube/reason.ts';
import type { SourceContent } from './source-content.ts';

/** What one reading of one source gave. */
export type ReadResult = { reason: 'ok'; content: SourceContent } | ReadFailure;

/** Why a reading gave nothing. The message is for the operator and names the remedy. */
export interface ReadFailure {
  reason: FailureReason;
  message: string;
  /** How long the server asks to be left alone. */
  retryAfterMs?: number;
}

/** Answers that another try will not change before the cluster itself does: they wait for the next pass. */
const FINAL_REASONS: ReadonlySet<Reason> = new Set(['ok', 'not_found', 'invalid_payload']);

/** Whether the reading failed in a way that a further try may mend. */
export function isRetried(result: ReadResult): result is ReadFailure {
  return !FINAL_REASONS.has(result.reason);
}

/** One reading of one cluster's source. Never rejects: every outcome is a result. */
export abstract class SourceReader {
  /** @param signal ends the read early; the result is then `timeout` */
  abstract read(cluster: Cluster, signal: AbortSignal): Promise<ReadResult>;
}
