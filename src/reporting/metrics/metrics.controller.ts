import { Controller, Get, Header } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Registry } from 'prom-client';
import { StateMetrics } from './state.metrics.ts';

/** For Prometheus: text format 0.0.4. A metric of an extension that cannot be collected takes no other along. */
@Controller('metrics')
export class MetricsController {
  /** Names of the metrics that could not be collected last. */
  private readonly failing = new Set<string>();

  constructor(
    private readonly registry: Registry,
    private readonly state: StateMetrics,
    @InjectPinoLogger(MetricsController.name) private readonly logger: PinoLogger,
  ) {}

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  async metrics(): Promise<string> {
    this.state.update();
    const texts = await Promise.all(this.registry.getMetricsAsArray().map(({ name }) => this.textOf(name)));
    return `${texts.filter((text) => text !== undefined).join('\n\n')}\n`;
  }

  private async textOf(name: string): Promise<string | undefined> {
    try {
      const text = await this.registry.getSingleMetricAsString(name);
      this.failing.delete(name);
      return text;
    } catch (err) {
      if (!this.failing.has(name))
        this.logger.error({ metric: name, err }, 'metric cannot be collected, it is left out');
      this.failing.add(name);
      return undefined;
    }
  }
}
