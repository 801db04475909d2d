import { Global, Injectable, Module } from '@nestjs/common';
import type { Aggregate } from '../../storage-sync/aggregate.ts';
import { type AggregateWriter, OTHER_AGGREGATE_WRITER } from '../../storage-sync/aggregate-writer.ts';

/** Takes note of what would be written, and writes nothing. */
@Injectable()
export class PlannedAggregateWriter implements AggregateWriter {
  private planned: Aggregate | undefined;

  /** The newest; undefined when the hub holds already what it shall. */
  get aggregate(): Aggregate | undefined {
    return this.planned;
  }

  write(aggregate: Aggregate): Promise<void> {
    this.planned = aggregate;
    return Promise.resolve();
  }
}

/** Puts {@link PlannedAggregateWriter} in the place of the service's own writer. */
@Global()
@Module({
  providers: [
    PlannedAggregateWriter,
    { provide: OTHER_AGGREGATE_WRITER, useExisting: PlannedAggregateWriter },
  ],
  exports: [PlannedAggregateWriter, OTHER_AGGREGATE_WRITER],
})
export class DryRunModule {}
