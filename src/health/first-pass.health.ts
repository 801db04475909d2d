import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { SyncPasses } from '../storage-sync/sync-passes.ts';

/** Up once every cluster got its first chance, until the service stops. */
@Injectable()
export class FirstPassHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly passes: SyncPasses,
  ) {}

  check() {
    const indicator = this.indicators.check('firstPass');
    return this.passes.ready
      ? indicator.up()
      : indicator.down({ message: 'The first pass has not ended, or the service is stopping.' });
  }
}
