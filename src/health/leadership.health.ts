import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { StatusReporter } from './status.reporter.ts';

/** Up while it is known whether this replica leads. */
@Injectable()
export class LeadershipHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly status: StatusReporter,
  ) {}

  check() {
    const { leadership } = this.status.report();
    const indicator = this.indicators.check('leadership');
    return leadership.role === 'unknown'
      ? indicator.down({ ...leadership })
      : indicator.up({ ...leadership });
  }
}
