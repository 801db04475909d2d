import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { AggregateHealthIndicator } from './aggregate.health.ts';
import { ClustersHealthIndicator } from './clusters.health.ts';
import { LeadershipHealthIndicator } from './leadership.health.ts';
import { RegistryHealthIndicator } from './registry.health.ts';

/** Health in detail, for people and dashboards: 503 as soon as anything needs a look. No probe should point here. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly leadership: LeadershipHealthIndicator,
    private readonly registry: RegistryHealthIndicator,
    private readonly clusters: ClustersHealthIndicator,
    private readonly aggregate: AggregateHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  async check(): Promise<HealthCheckResult> {
    return await this.health.check([
      () => this.leadership.check(),
      () => this.registry.check(),
      () => this.clusters.check(),
      () => this.aggregate.check(),
    ]);
  }
}
