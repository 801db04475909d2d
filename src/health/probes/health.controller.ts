import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import { Ports, type Provided } from '../../base/extending/ports.ts';
import { HealthSource } from './health-source.ts';
import { PartHealthIndicator } from './part.health.ts';

/** For the answer of an extension. Milliseconds. */
const EXTENSION_LIMIT_MS = 2_000;

/** Health in detail, for people and dashboards: 503 as soon as anything needs a look. No probe should point here. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly parts: PartHealthIndicator,
    private readonly ports: Ports,
    private readonly faults: ExtensionFaults,
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
      ...this.ports.all(HealthSource).map((provided) => () => this.askExtension(provided)),
    ]);
  }

  private async askExtension({
    extension,
    instance,
  }: Provided<HealthSource>): Promise<HealthIndicatorResult> {
    const answer = await this.faults.answer(
      extension,
      'HealthSource.check',
      async () => await instance.check(),
      EXTENSION_LIMIT_MS,
    );
    const message = `The extension ${extension} failed to say how it is.`;
    return answer?.result ?? { [extension]: { status: 'down', message } };
  }
}
