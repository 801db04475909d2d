import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { StatusReporter } from './status.reporter.ts';

/** Up while the registry is watched and every entry is accepted. */
@Injectable()
export class RegistryHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly status: StatusReporter,
  ) {}

  check() {
    const { registry } = this.status.report();
    const well = registry.state === 'present' && registry.rejected === 0 && registry.watch.connected;
    const indicator = this.indicators.check('registry');
    return well ? indicator.up({ ...registry }) : indicator.down({ ...registry });
  }
}
