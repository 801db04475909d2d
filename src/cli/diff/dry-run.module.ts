import { Global, Module } from '@nestjs/common';
import {
  type AggregateWriter,
  OTHER_AGGREGATE_WRITER,
} from '../../storage-sync/publishing/aggregate/aggregate-writer.ts';

/** Writes nothing. What would be written is `SyncView.plan`, in the end: an earlier write may be taken back by a later state. */
const DRY_WRITER: AggregateWriter = { write: () => Promise.resolve(undefined) };

/** Puts a writer that writes nothing in the place of the service's own. */
@Global()
@Module({
  providers: [{ provide: OTHER_AGGREGATE_WRITER, useValue: DRY_WRITER }],
  exports: [OTHER_AGGREGATE_WRITER],
})
export class DryRunModule {}
