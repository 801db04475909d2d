import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Settings } from './settings.ts';

/**
 * Gives every module the {@link Settings}. They are parsed before the application is created, so that a wrong
 * environment ends the process with one message and starts nothing.
 */
@Global()
@Module({})
export class ConfigModule {
  static register(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: Settings, useValue: settings }],
      exports: [Settings],
    };
  }
}
