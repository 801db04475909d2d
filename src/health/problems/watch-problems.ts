import type { WatchStatus } from '../../kube/watching/object-watcher.ts';
import { type Problem, type ProblemCode, problem } from './problem.ts';

/** What is wrong with a watch on the hub. */
export function watchProblems(
  code: ProblemCode,
  subject: string,
  { connected, since, failure }: WatchStatus,
): Problem[] {
  // Without a failure it is just being opened.
  return connected || !failure ? [] : [problem(code, subject, since, failure)];
}
