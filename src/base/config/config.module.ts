import { type DynamicModule, Global, Module } from '@nestjs/common';
import { BUILD_VERSION } from './build-version.ts';
import { Settings } from './settings.ts';

/**
 * Gives every module the {@link Settings} and the version of the exporter. They are parsed before the application is created, so that a wrong
 * environment ends the process with one message and starts nothing.
 */
@Global()
@Module({})
export class ConfigModule {
  static register(settings: Settings, version: string): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: Settings, useValue: settings },
        { provide: BUILD_VERSION, useValue: version },
      ],
      exports: [Settings, BUILD_VERSION],
    };
  }
}
