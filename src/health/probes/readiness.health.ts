import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { SyncView } from '../../storage-sync/sync-view.ts';

/** Up once every cluster was tried once, or the replica stands by; until the service stops. */
@Injectable()
export class ReadinessHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly sync: SyncView,
  ) {}

  check() {
    const indicator = this.indicators.check('ready');
    return this.sync.ready
      ? indicator.up()
      : indicator.down({
          message: 'The first pass has not ended and no other replica leads, or the service is stopping.',
        });
  }
}
