import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Tracing } from './tracing.ts';

/**
 * Traces by OpenTelemetry, for those who ask for them:
 *
 * - `in-span.ts` is what the rooms above use; it knows OpenTelemetry's API alone.
 * - `tracing.ts` starts the export, when `tracing-settings.ts` finds that the environment asks for it; only then it loads
 *   `tracing-sdk.ts`.
 * - this module ends it when everything else has ended.
 */
@Module({})
export class TracingModule implements OnApplicationShutdown {
  constructor(private readonly tracing: Tracing) {}

  /** @param tracing started before the application is created, so that settings that are wrong start nothing */
  static register(tracing: Tracing): DynamicModule {
    return { module: TracingModule, providers: [{ provide: Tracing, useValue: tracing }] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tracing.stop();
  }
}
