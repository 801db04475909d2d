import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import type { Term } from '../../../leader-election/leadership.ts';
import type { WritePlan } from './write-plan.ts';

/**
 * Carries out what was planned. Called by `AggregateOutput` alone, once at a time. A provider that extends it, of one extension at most,
 * replaces the core's, which writes to the hub; what it does not do within 6 s has failed, and is tried again.
 */
export abstract class AggregateWriter {
  /**
   * Writes once, at the version that the plan is for: readers never see a state in between.
   *
   * @param held what the hub holds at that version; undefined: nothing
   * @param term no request leaves once it is over
   * @returns what the hub holds afterwards; undefined: nothing was written
   * @throws KubeRequestError with `Conflict` when the hub is at another version
   * @throws NotLeadingError when the term was over before it left
   */
  abstract write(
    plan: WritePlan,
    held: SecretSnapshot | undefined,
    term: Term,
  ): Promise<SecretSnapshot | undefined>;
}
