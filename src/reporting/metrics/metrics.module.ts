import { Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { ClusterConfigModule } from '../../cluster-config/cluster-config.module.ts';
import { HealthModule } from '../../health/health.module.ts';
import { MetricsController } from './metrics.controller.ts';
import { StateMetrics } from './state.metrics.ts';
import { SyncMetrics } from './sync.metrics.ts';

/** How finely the delay of the event loop is measured; each look wakes the process. Milliseconds. */
const EVENT_LOOP_PRECISION_MS = 100;

/**
 * `/metrics` in the text format of Prometheus. What is, `StateMetrics` reads from the status when it is scraped; what happens,
 * `SyncMetrics` counts as it hears of it. Metrics of your own go into the same `Registry`: inject it.
 */
@Global()
@Module({
  imports: [ClusterConfigModule, HealthModule],
  controllers: [MetricsController],
  providers: [{ provide: Registry, useFactory: createRegistry }, StateMetrics, SyncMetrics],
  // So that every module can add its own metrics.
  exports: [Registry],
})
export class MetricsModule {}

function createRegistry(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  return register;
}
