import type { Explanation } from '../../base/errors/explanation.ts';
import type { FailureReason } from '../../kube/failures/reason.ts';
import type { SourceContent } from './source-content.ts';

/** What one reading of one source gave. */
export type Observation = { reason: 'ok'; content: SourceContent } | ReadFailure;

/** Why a reading gave nothing. */
export interface ReadFailure extends Explanation {
  readonly reason: FailureReason;
  /** How long the server asks to be left alone. Milliseconds. */
  readonly retryAfterMs?: number;
}
