import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ClusterConfigModule } from '../cluster-config/cluster-config.module.ts';
import { ChosenPorts } from './chosen-ports.ts';
import { ClusterStates } from './keeping/cluster-states.ts';
import { ContentPipeline } from './keeping/content-pipeline.ts';
import { AggregateOnHub } from './publishing/aggregate/aggregate-on-hub.ts';
import { AggregateOutput } from './publishing/aggregate/aggregate-output.ts';
import { KubeAggregateWriter } from './publishing/aggregate/kube-aggregate-writer.ts';
import { AggregatePublisher } from './publishing/aggregate-publisher.ts';
import { Outputs } from './publishing/outputs/outputs.ts';
import { Publication } from './publishing/publication.ts';
import { Followers } from './reading/followers.ts';
import { KubeSourceReader } from './reading/kube-source-reader.ts';
import { Passes } from './reading/passes.ts';
import { StorageSyncScheduler } from './reading/storage-sync.scheduler.ts';
import { StorageSync } from './storage-sync.ts';
import { WriteBudget } from './publishing/write-budget.ts';
import { SyncView } from './sync-view.ts';

/**
 * From the sources to the aggregate: reading → keeping ← publishing.
 *
 * - `StorageSync` wires: registry or aggregate changed → follow; this replica leads, or no more → begin, or rest.
 * - reading: `StorageSyncScheduler` ticks → `Passes` → `Followers`, one `SourceFollower` per cluster, which reads, watches, polls or
 *   waits to try again (`kube/watching/follower.ts`), through `SourceReader`.
 * - keeping: `ClusterStates` holds a `ClusterRecord` each, last-known-good included; `cluster-record.ts` has the rules, and
 *   `RemovalGuard` keeps a torn registry from taking the keys along.
 * - publishing: `AggregatePublisher` hears of changes and sets the pace; `AggregateOutput` revises the draft, compares it with what
 *   `AggregateOnHub` saw, and has `AggregateWriter` write the difference; `Publication` reports.
 *
 * Others see all of it through `SyncView`.
 */
@Module({
  imports: [ScheduleModule.forRoot(), ClusterConfigModule],
  providers: [
    StorageSync,
    StorageSyncScheduler,
    Passes,
    Followers,
    KubeSourceReader,
    ClusterStates,
    ContentPipeline,
    AggregateOnHub,
    KubeAggregateWriter,
    ChosenPorts,
    AggregateOutput,
    AggregatePublisher,
    Outputs,
    Publication,
    SyncView,
    WriteBudget,
  ],
  exports: [SyncView],
})
export class StorageSyncModule {}
