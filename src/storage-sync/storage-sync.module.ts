import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ClusterConfigModule } from '../cluster-config/cluster-config.module.ts';
import { AggregatePublisher } from './publishing/aggregate-publisher.ts';
import { AggregateWriter, OTHER_AGGREGATE_WRITER } from './publishing/aggregate/aggregate-writer.ts';
import { ClusterStates } from './keeping/cluster-states.ts';
import { HeldAggregate } from './publishing/aggregate/held-aggregate.ts';
import { KubeAggregateWriter } from './publishing/aggregate/kube-aggregate-writer.ts';
import { KubeSourceReader } from './reading/kube-source-reader.ts';
import { SourceReader } from './reading/source-reader.ts';
import { SourceReads } from './reading/source-reads.ts';
import { SourceWatches } from './reading/source-watches.ts';
import { StorageSync } from './storage-sync.ts';
import { StorageSyncScheduler } from './reading/storage-sync.scheduler.ts';
import { SyncPasses } from './reading/sync-passes.ts';

/**
 * From the sources to the aggregate. Reading, keeping and publishing are three rooms that meet in `ClusterStates` alone:
 *
 * - `StorageSync` wires: registry or aggregate changed → follow; this replica leads, or no more → begin, or rest.
 * - reading: `StorageSyncScheduler` ticks → `SyncPasses` → `SourceReads` → `SourceReader`, one result per cluster. What was read
 *   is then followed by `SourceWatches`; what failed is tried again by `SourceReads`, apart from the passes.
 * - keeping: `ClusterStates` holds a `ClusterRecord` each, last-known-good included; `cluster-record.ts` has the rules.
 * - publishing: `AggregatePublisher` compares what `aggregate.ts` wants with what `HeldAggregate` saw; where they differ,
 *   `KubeAggregateWriter` writes.
 */
@Module({
  imports: [ScheduleModule.forRoot(), ClusterConfigModule],
  providers: [
    StorageSync,
    StorageSyncScheduler,
    SyncPasses,
    SourceReads,
    SourceWatches,
    { provide: SourceReader, useClass: KubeSourceReader },
    ClusterStates,
    HeldAggregate,
    KubeAggregateWriter,
    {
      provide: AggregateWriter,
      inject: [KubeAggregateWriter, { token: OTHER_AGGREGATE_WRITER, optional: true }],
      useFactory: (ours: KubeAggregateWriter, other?: AggregateWriter) => other ?? ours,
    },
    AggregatePublisher,
  ],
  exports: [
    StorageSync,
    SyncPasses,
    ClusterStates,
    HeldAggregate,
    AggregatePublisher,
    SourceWatches,
    StorageSyncScheduler,
  ],
})
export class StorageSyncModule {}
