import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { Settings } from '../config/settings.ts';
import { loggerOptions } from './logger-options.ts';

/** Gives every class a `PinoLogger` of its own name by `@InjectPinoLogger`. */
@Module({ imports: [LoggerModule.forRootAsync({ inject: [Settings], useFactory: loggerOptions })] })
export class LoggingModule {}
