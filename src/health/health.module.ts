import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ClusterConfigModule } from '../cluster-config/cluster-config.module.ts';
import { StorageSyncModule } from '../storage-sync/storage-sync.module.ts';
import { PartHealthIndicator } from './probes/part.health.ts';
import { ReadinessHealthIndicator } from './probes/readiness.health.ts';
import { HealthController } from './probes/health.controller.ts';
import { LivezController } from './probes/livez.controller.ts';
import { ReadyzController } from './probes/readyz.controller.ts';
import { LastChanges } from './status/last-changes.ts';
import { StatusFeed } from './status/live/status-feed.ts';
import { StatusFeedPace } from './status/live/status-feed.pace.ts';
import { StatusStreamController } from './status/live/status-stream.controller.ts';
import { StatusController } from './status/status.controller.ts';
import { ReportedProblems } from './problems/reported-problems.ts';
import { StatusReporter } from './status/status.reporter.ts';
import { TimelineController } from './status/timeline/timeline.controller.ts';
import { Timeline } from './status/timeline/timeline.ts';

/**
 * What the service says of itself. `/livez` and `/readyz` are for probes, `/health` and `/api/v1/status` for people. All
 * of it reads state in memory, calls nobody, and steers nothing. `problems.ts` alone judges what is wrong.
 */
@Module({
  // Its logger writes an error for every probe that fails; what fails is logged where it happens.
  imports: [TerminusModule.forRoot({ logger: false }), ClusterConfigModule, StorageSyncModule],
  controllers: [
    LivezController,
    ReadyzController,
    HealthController,
    StatusController,
    TimelineController,
    StatusStreamController,
  ],
  providers: [
    StatusReporter,
    ReportedProblems,
    LastChanges,
    Timeline,
    StatusFeedPace,
    StatusFeed,
    ReadinessHealthIndicator,
    PartHealthIndicator,
  ],
  exports: [StatusReporter],
})
export class HealthModule {}
