import type { Term } from '../../../leader-election/leadership.ts';
import type { Aggregate } from './aggregate.ts';
import type { SourceContent } from '../../keeping/source-content.ts';

/** Makes the aggregate on the hub what it shall be. Called by `AggregatePublisher` alone, once at a time. */
export abstract class AggregateWriter {
  /**
   * Writes once, on top of what `HeldAggregate` last saw, and tells it the outcome. When somebody else wrote in
   * between, it looks again and fails: the next try starts from there.
   *
   * @param published what was ours, to tell keys of clusters that left from foreign ones in the log
   * @param term no request leaves once it is over
   * @throws KubeRequestError
   * @throws NotLeadingError when the term was over before it left
   */
  abstract write(
    aggregate: Aggregate,
    published: ReadonlyMap<string, SourceContent>,
    term: Term,
  ): Promise<void>;
}

/** DI token, for a global module: the `AggregateWriter` that takes the place of ours. */
export const OTHER_AGGREGATE_WRITER = Symbol('OTHER_AGGREGATE_WRITER');
