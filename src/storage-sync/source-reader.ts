import type { Cluster } from '../cluster-config/cluster.ts';
import type { FailureReason } from '../kube/reason.ts';
import type { SourceContent } from './source-content.ts';

/** What one reading of one source gave. */
export type ReadResult = { reason: 'ok'; content: SourceContent } | ReadFailure;

/** Why a reading gave nothing. The message is for the operator and names the remedy. */
export interface ReadFailure {
  reason: FailureReason;
  message: string;
}

/** One reading of one cluster's source. Never rejects: every outcome is a result. */
export abstract class SourceReader {
  /** @param signal ends the read early; the result is then `timeout` */
  abstract read(cluster: Cluster, signal: AbortSignal): Promise<ReadResult>;
}
