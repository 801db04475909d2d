import { Controller, Get, Header } from '@nestjs/common';
import { Registry } from 'prom-client';
import { StateMetrics } from './state.metrics.ts';

/** For Prometheus: text format 0.0.4. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly registry: Registry,
    private readonly state: StateMetrics,
  ) {}

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  async metrics(): Promise<string> {
    this.state.update();
    return await this.registry.metrics();
  }
}
