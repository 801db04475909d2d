import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger, PinoLogger } from 'nestjs-pino';
import { AppModule } from './app.module.ts';
import { parseSettings, unknownSettings } from './config/settings.ts';
import { exitOnFatalErrors, failStart } from './fatal-errors.ts';
import { loggerOptions } from './logging/logger-options.ts';

exitOnFatalErrors();
await startService().catch(failStart);

async function startService(): Promise<void> {
  const settings = parseSettings(process.env);
  const options = loggerOptions(settings);
  const logger = new PinoLogger(options);
  logger.setContext('Main');
  const unknown = unknownSettings(process.env);
  if (unknown.length > 0) logger.warn({ variables: unknown }, 'unknown settings are ignored');

  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(settings), {
    logger: new Logger(logger, options),
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  // Ends by itself once all is stopped: a signal to itself would be lost on the first process of a container.
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(settings.httpPort);
  const { port } = app.getHttpServer().address() as AddressInfo;
  logger.info({ port }, 'listening');
}
