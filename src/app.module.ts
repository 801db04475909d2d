import { type DynamicModule, Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ClusterConfigModule } from './cluster-config/cluster-config.module.ts';
import { ConfigModule } from './base/config/config.module.ts';
import type { Settings } from './base/config/settings.ts';
import { HealthModule } from './health/health.module.ts';
import type { HubCredentials } from './kube/hub/hub-credentials.ts';
import { KubeEventsModule } from './reporting/kube-events/kube-events.module.ts';
import { KubeModule } from './kube/kube.module.ts';
import { LeaderElectionModule } from './leader-election/leader-election.module.ts';
import { LoggingModule } from './base/logging/logging.module.ts';
import { MetricsModule } from './reporting/metrics/metrics.module.ts';
import { PAGE_DIRECTORY } from './page-directory.ts';
import { StatusPageModule } from './status-page/status-page.module.ts';
import { StorageSyncModule } from './storage-sync/storage-sync.module.ts';
import { Tracing } from './base/tracing/tracing.ts';
import { TracingModule } from './base/tracing/tracing.module.ts';
import { VERSION } from './version.ts';

/** What the application may be given beside its settings. */
export interface AppOptions {
  /** The export of traces; none by default. */
  tracing?: Tracing;
  /** Where the log goes; stdout by default. */
  logTo?: NodeJS.WriteStream;
  /** False: it is run to see what would be written, and is given a writer that writes nothing. True by default. */
  writes?: boolean;
}

/** The whole service. To add a module of your own, import it beside these. */
@Module({})
export class AppModule {
  static register(
    settings: Settings,
    hub: HubCredentials,
    { tracing = new Tracing(), logTo = process.stdout, writes = true }: AppOptions = {},
  ): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(settings, VERSION),
        LoggingModule.register(logTo),
        TracingModule.register(tracing),
        EventEmitterModule.forRoot(),
        KubeModule.register(hub),
        LeaderElectionModule.register(settings, { writes }),
        ClusterConfigModule,
        StorageSyncModule,
        HealthModule,
        KubeEventsModule,
        MetricsModule,
        StatusPageModule.register(PAGE_DIRECTORY),
      ],
    };
  }
}
