import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ClusterConfigModule } from '../cluster-config/cluster-config.module.ts';
import { StorageSyncModule } from '../storage-sync/storage-sync.module.ts';
import { AggregateHealthIndicator } from './aggregate.health.ts';
import { ClustersHealthIndicator } from './clusters.health.ts';
import { ReadinessHealthIndicator } from './readiness.health.ts';
import { HealthController } from './health.controller.ts';
import { LeadershipHealthIndicator } from './leadership.health.ts';
import { LivezController } from './livez.controller.ts';
import { ReadyzController } from './readyz.controller.ts';
import { RegistryHealthIndicator } from './registry.health.ts';
import { StatusController } from './status.controller.ts';
import { StatusReporter } from './status.reporter.ts';

/**
 * What the service says of itself. `/livez` and `/readyz` are for probes, `/health` and `/api/v1/status` for people. All
 * of it reads state in memory, calls nobody, and steers nothing.
 */
@Module({
  // Its logger writes an error for every probe that fails; what fails is logged where it happens.
  imports: [TerminusModule.forRoot({ logger: false }), ClusterConfigModule, StorageSyncModule],
  controllers: [LivezController, ReadyzController, HealthController, StatusController],
  providers: [
    StatusReporter,
    ReadinessHealthIndicator,
    LeadershipHealthIndicator,
    RegistryHealthIndicator,
    ClustersHealthIndicator,
    AggregateHealthIndicator,
  ],
  exports: [StatusReporter],
})
export class HealthModule {}
