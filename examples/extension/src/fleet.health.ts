import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { ClusterRegistry, HealthSource } from 'multi-cluster-config-exporter';

/** In `/health`: down while the fleet has no cluster. */
@Injectable()
export class FleetHealth extends HealthSource {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly registry: ClusterRegistry,
  ) {
    super();
  }

  override check() {
    const clusters = [...this.registry.view.clusters.values()].filter(({ registry }) => registry === 'fleet');
    const indicator = this.indicators.check('fleet');
    return clusters.length > 0
      ? indicator.up({ clusters: clusters.length })
      : indicator.down('The fleet has no cluster.');
  }
}
