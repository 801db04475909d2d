import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { FirstPassHealthIndicator } from './first-pass.health.ts';

/** Readiness: the first pass ended. Clusters that are down do not matter here; `/health` and the status tell of them. */
@Controller('readyz')
export class ReadyzController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly firstPass: FirstPassHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  async check(): Promise<HealthCheckResult> {
    return await this.health.check([() => this.firstPass.check()]);
  }
}
