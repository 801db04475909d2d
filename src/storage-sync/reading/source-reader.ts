import type { Cluster } from '../../cluster-config/cluster.ts';
import type { Reason } from '../../kube/failures/reason.ts';
import type { TransferBudget } from '../../base/time/transfer-budget.ts';
import type { ReadFailure } from '../keeping/observation.ts';

/** What one reading of one source gave. */
export type ReadResult = (
  | {
      readonly reason: 'ok';
      /** Base64 text by key, as Kubernetes serves it. */
      readonly data: ReadonlyMap<string, string>;
      /** Of the object that holds it: two clusters with the same one are one cluster. Absent: not known. */
      readonly uid?: string;
    }
  | ReadFailure
) & {
  /** How the source can be followed from here. Absent: it cannot, since the reading failed or nobody wants to. */
  watch?: WatchOffer;
};

/**
 * What following a source gives: a change, the news that there was none, or, at the end, why it is given up: nothing came for too long, or
 * changes come faster than they are worth reading.
 */
export type WatchResult = ReadResult | 'unchanged' | 'silent' | 'restless';

/** The version from which a watch misses nothing; or why the cluster lets nobody watch. */
export type WatchOffer = { from: string } | { refusal: string };

/** Answers that another try will not change before the cluster itself does: they wait for the next pass. */
const FINAL_REASONS: ReadonlySet<Reason> = new Set(['ok', 'not_found', 'invalid_payload']);

/** Whether the reading failed in a way that another try may help. */
export function isRetried(result: Pick<ReadResult, 'reason'>): boolean {
  return !FINAL_REASONS.has(result.reason);
}

/**
 * The way to the sources. A provider that extends it, of one extension at most, replaces the core's, which reads the Secret in
 * each cluster. Idempotent, safe to use for many clusters at once, and without a memory: the
 * follower of a cluster has that.
 */
export abstract class SourceReader {
  /**
   * One reading of one cluster's source. Never rejects: every outcome is a result.
   *
   * @param options.signal ends the read early; the result is then `timeout`
   * @param options.toWatch whether it is to be watched from there; if not, less of a permission will do
   */
  abstract read(cluster: Cluster, options: { signal: AbortSignal; toWatch: boolean }): Promise<ReadResult>;

  /**
   * Follows a source. Resolves once the stream is open; each change is a result, and `unchanged` says from time to time that
   * there was none, at least every five minutes. The iteration ends when the stream does in good order, or after `silent` or `restless`.
   *
   * @param from the version that a reading offered
   * @param options.signal ends the stream
   * @param options.budget for the changes of all streams of this source
   * @throws KubeRequestError, WatchBrokenError
   */
  abstract watch(
    cluster: Cluster,
    from: string,
    options: { signal: AbortSignal; budget: TransferBudget },
  ): Promise<AsyncIterable<WatchResult>>;
}
