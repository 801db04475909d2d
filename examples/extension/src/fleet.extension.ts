import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ClusterConfigModule, defineExtension } from 'multi-cluster-config-exporter';
import { FleetHealth } from './fleet.health.js';
import { FleetSummary } from './fleet.output.js';
import { FleetRegistry } from './fleet.registry.js';
import { fleetSettings, FleetSettings } from './fleet.settings.js';

@Module({
  imports: [ClusterConfigModule, TerminusModule],
  providers: [FleetRegistry, FleetSummary, FleetHealth],
})
class FleetModule {
  static with(settings: FleetSettings): DynamicModule {
    return { module: FleetModule, providers: [{ provide: FleetSettings, useValue: settings }] };
  }
}

export default defineExtension({
  name: 'fleet',
  apiVersion: 1,
  settings: fleetSettings,
  module: (settings) => FleetModule.with(settings),
});
