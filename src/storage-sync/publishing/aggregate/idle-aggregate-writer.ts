import { AggregateWriter } from './aggregate-writer.ts';

/** Writes nothing. What would be written is `SyncView.plan`, in the end: an earlier write may be taken back by a later state. */
export class IdleAggregateWriter extends AggregateWriter {
  override write(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
