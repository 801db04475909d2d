import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { PartHealthIndicator } from './part.health.ts';

/** Health in detail, for people and dashboards: 503 as soon as anything needs a look. No probe should point here. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly parts: PartHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  async check(): Promise<HealthCheckResult> {
    return await this.health.check([
      () => this.parts.check('leadership'),
      () => this.parts.check('registry'),
      () => this.parts.check('clusters'),
      () => this.parts.check('aggregate'),
      () => this.parts.check('extensions'),
    ]);
  }
}
