import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { SyncPasses } from '../storage-sync/sync-passes.ts';

/** Up once every cluster got its first chance. */
@Injectable()
export class FirstPassHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly passes: SyncPasses,
  ) {}

  check() {
    const indicator = this.indicators.check('firstPass');
    return this.passes.firstPassEnded
      ? indicator.up()
      : indicator.down({ message: 'The first pass has not ended.' });
  }
}
