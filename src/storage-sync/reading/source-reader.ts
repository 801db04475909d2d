import type { Cluster } from '../../cluster-config/cluster.ts';
import type { FailureReason, Reason } from '../../kube/reason.ts';
import type { SourceContent } from '../keeping/source-content.ts';

/** What one reading of one source gave. */
export type ReadResult = ({ reason: 'ok'; content: SourceContent } | ReadFailure) & {
  /** How the source can be followed from here. Absent: it cannot, since the reading failed or nobody wants to. */
  watch?: WatchOffer;
};

/** Why a reading gave nothing. The message is for the operator and names the remedy. */
export interface ReadFailure {
  reason: FailureReason;
  message: string;
  /** How long the server asks to be left alone. */
  retryAfterMs?: number;
}

/** The version from which a watch misses nothing; or why the cluster lets nobody watch. */
export type WatchOffer = { from: string } | { refusal: string };

/** Answers that another try will not change before the cluster itself does: they wait for the next pass. */
const FINAL_REASONS: ReadonlySet<Reason> = new Set(['ok', 'not_found', 'invalid_payload']);

/** Whether the reading failed in a way that a further try may mend. */
export function isRetried(result: ReadResult): boolean {
  return !FINAL_REASONS.has(result.reason);
}

/** The way to the sources. Idempotent, and safe to use for many clusters at once. */
export abstract class SourceReader {
  /**
   * One reading of one cluster's source. Never rejects: every outcome is a result.
   *
   * @param signal ends the read early; the result is then `timeout`
   */
  abstract read(cluster: Cluster, signal: AbortSignal): Promise<ReadResult>;

  /**
   * Follows a source. Resolves once the stream is open; each change is a result, and `unchanged` says from time to time that
   * there was none. The iteration ends when the stream does in good
   * order, or has been silent for so long that it may be dead.
   *
   * @param from the version that a reading offered
   * @param signal ends the stream
   * @throws KubeRequestError, WatchBrokenError
   */
  abstract watch(
    cluster: Cluster,
    from: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<ReadResult | 'unchanged'>>;
}
