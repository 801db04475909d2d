import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { StatusReporter } from './status.reporter.ts';

/** Up while the hub holds what it shall, and we would see it if it did not. On a standby, which does not look, always. */
@Injectable()
export class AggregateHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly status: StatusReporter,
  ) {}

  check() {
    const { leadership, aggregate } = this.status.report();
    const well =
      aggregate.state === 'published' && aggregate.tooLarge.length === 0 && aggregate.watch.connected;
    const indicator = this.indicators.check('aggregate');
    if (leadership.role === 'standby') return indicator.up({ secret: aggregate.secret });
    return well ? indicator.up({ ...aggregate }) : indicator.down({ ...aggregate });
  }
}
