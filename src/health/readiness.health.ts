import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { StorageSync } from '../storage-sync/storage-sync.ts';

/** Up once every cluster got its first chance, or the replica stands by; until the service stops. */
@Injectable()
export class ReadinessHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly sync: StorageSync,
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
