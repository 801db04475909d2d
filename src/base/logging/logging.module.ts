import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { Settings } from '../config/settings.ts';
import { loggerOptions } from './logger-options.ts';

/** Gives every class a `PinoLogger` of its own name by `@InjectPinoLogger`. */
@Module({})
export class LoggingModule {
  /** @param stream where the log goes */
  static register(stream: NodeJS.WriteStream): DynamicModule {
    const useFactory = (settings: Settings) => loggerOptions(settings, stream);
    return {
      module: LoggingModule,
      imports: [LoggerModule.forRootAsync({ inject: [Settings], useFactory })],
    };
  }
}
