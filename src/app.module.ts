import { type DynamicModule, Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ClusterConfigModule } from './cluster-config/cluster-config.module.ts';
import { ConfigModule } from './base/config/config.module.ts';
import { ExtendingModule } from './base/extending/extending.module.ts';
import type { ActiveExtension } from './base/extending/extension.ts';
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
  /** False: it is run to see what would be written, and writes nothing. True by default. */
  writes?: boolean;
  /** What extends the exporter, in the order of configuration. */
  extensions?: readonly ActiveExtension[];
}

/** The whole service, and what extends it. */
@Module({})
export class AppModule {
  static register(
    settings: Settings,
    hub: HubCredentials,
    { tracing = new Tracing(), logTo = process.stdout, writes = true, extensions = [] }: AppOptions = {},
  ): DynamicModule {
    const core = [
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
    ];
    return {
      module: AppModule,
      imports: [
        ExtendingModule.register(extensions, core),
        ...core,
        ...extensions.map(({ module }) => module),
      ],
    };
  }
}
