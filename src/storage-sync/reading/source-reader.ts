import type { Cluster } from '../../cluster-config/cluster.ts';
import type { Reason } from '../../kube/reason.ts';
import type { Observation } from '../keeping/observation.ts';

/** What one reading of one source gave. */
export type ReadResult = Observation & {
  /** How the source can be followed from here. Absent: it cannot, since the reading failed or nobody wants to. */
  watch?: WatchOffer;
};

/**
 * What following a source gives: a change, the news that there was none, or, at the end, that changes come faster than they are worth
 * reading.
 */
export type WatchResult = ReadResult | 'unchanged' | 'restless';

/** The version from which a watch misses nothing; or why the cluster lets nobody watch. */
export type WatchOffer = { from: string } | { refusal: string };

/** Answers that another try will not change before the cluster itself does: they wait for the next pass. */
const FINAL_REASONS: ReadonlySet<Reason> = new Set(['ok', 'not_found', 'invalid_payload']);

/** Whether the reading failed in a way that a further try may help. */
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
   * there was none. The iteration ends when the stream does in good order, has been silent for so long that it may be dead, or with
   * `restless`: then the source is to be read again in a while, which gives the newest state.
   *
   * @param from the version that a reading offered
   * @param signal ends the stream
   * @throws KubeRequestError, WatchBrokenError
   */
  abstract watch(cluster: Cluster, from: string, signal: AbortSignal): Promise<AsyncIterable<WatchResult>>;
}
