import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { StatusReporter } from './status.reporter.ts';

/** Up while every cluster is synced. Names the ones that are not. */
@Injectable()
export class ClustersHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly status: StatusReporter,
  ) {}

  check() {
    const { clusters, counts } = this.status.report();
    const unwell = clusters
      .filter(({ state }) => state !== 'synced')
      .map(({ name, state, reason, since }) => ({ name, state, reason, since }));
    const indicator = this.indicators.check('clusters');
    return unwell.length === 0 ? indicator.up({ counts, unwell }) : indicator.down({ counts, unwell });
  }
}
