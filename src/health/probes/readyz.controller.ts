import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ReadinessHealthIndicator } from './readiness.health.ts';

/** Readiness: the first pass ended, or this replica stands by. Clusters that are down do not matter here; `/health` and the status tell of them. */
@Controller('readyz')
export class ReadyzController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: ReadinessHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  async check(): Promise<HealthCheckResult> {
    return await this.health.check([() => this.readiness.check()]);
  }
}
