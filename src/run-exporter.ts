import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PinoLogger } from 'nestjs-pino';
import { AppModule } from './app.module.ts';
import { DelayedCloseAdapter } from './delayed-close.adapter.ts';
import { type Settings, unknownSettings } from './base/config/settings.ts';
import type { LoadedExtension } from './base/extending/activate.ts';
import { settingVariables } from './base/extending/extension-settings.ts';
import { startExtended } from './base/extending/start-extended.ts';
import { FrameworkLogger } from './base/logging/framework.logger.ts';
import { loggerOptions } from './base/logging/logger-options.ts';
import { startTracing } from './base/tracing/tracing.ts';
import { closeOnFatalErrors } from './fatal-errors.ts';
import { HttpPortUnavailableError } from './http-port-unavailable.error.ts';
import { HubCredentials } from './kube/hub/hub-credentials.ts';
import { ObjectRefs } from './kube/hub/object-refs.ts';
import { parseSettingsOfAll } from './settings-of-all.ts';
import { VERSION } from './version.ts';

/** What other programs go by. Here a proxy is named by the entry of a cluster, or the kubeconfig of the hub. */
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/** An exporter that has started. */
export interface RunningExporter {
  /** Of HTTP. */
  readonly port: number;
  /** Stops it in good order. */
  close(): Promise<void>;
}

/**
 * Runs the service until it is stopped, or SIGTERM arrives.
 *
 * @param loaded what extends it
 * @throws ExporterError when it cannot start
 */
export async function runExporter(
  environment: Readonly<Record<string, string | undefined>>,
  loaded: readonly LoadedExtension[] = [],
): Promise<RunningExporter> {
  const { settings, extensions } = parseSettingsOfAll(environment, loaded);
  const options = loggerOptions(settings);
  const logger = new PinoLogger(options);
  logger.setContext('Main');
  const unknown = unknownSettings(
    environment,
    loaded.flatMap(({ extension }) => settingVariables(extension)),
  );
  if (unknown.length > 0) logger.warn({ variables: unknown }, 'unknown settings are ignored');
  const proxies = PROXY_VARIABLES.filter((name) => environment[name]);
  if (proxies.length > 0) logger.warn({ variables: proxies }, 'proxies of the environment are not used');
  const tracing = await startTracing(environment, options, VERSION);
  const hub = new HubCredentials();
  const { registry, aggregate, source } = new ObjectRefs(settings, hub);
  logger.info({ hub: hub.server.origin, registry, aggregate, source }, 'starting');
  for (const { name, file } of extensions) logger.info({ extension: name, ...file }, 'extension loaded');

  const adapter = new DelayedCloseAdapter(settings.shutdownDelayMs);
  const create = async () =>
    await NestFactory.create<NestExpressApplication>(
      AppModule.register(settings, hub, { tracing, extensions }),
      adapter,
      {
        logger: new FrameworkLogger(logger, options),
        abortOnError: false,
        forceCloseConnections: true,
      },
    );
  const app = await startExtended(extensions, create);
  app.disable('x-powered-by');
  // Kubernetes sends SIGTERM. Ctrl-C and errors have no clients to wait for.
  process.once('SIGTERM', () => adapter.delayClose());
  // Ends by itself once all is stopped: a signal to itself would be lost on the first process of a container.
  app.enableShutdownHooks([], { useProcessExit: true });
  // Whatever ends the process from here on, another replica need not wait for the Lease to expire.
  closeOnFatalErrors(async () => await app.close());
  // Apart from listening, so that what goes wrong here is not taken for the port.
  await startExtended(extensions, async () => await app.init());
  const port = await listen(app, settings);
  logger.info({ port }, 'listening');
  return { port, close: async () => await app.close() };
}

async function listen(app: NestExpressApplication, { httpPort }: Settings): Promise<number> {
  try {
    await app.listen(httpPort);
    return (app.getHttpServer().address() as AddressInfo).port;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new HttpPortUnavailableError(httpPort, code, { cause });
  }
}
