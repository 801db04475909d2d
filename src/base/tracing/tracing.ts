import { setTimeout as delay } from 'node:timers/promises';
import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { type Params, PinoLogger } from 'nestjs-pino';
import { ExportTrouble } from './export-trouble.ts';
import { parseTracingSettings } from './tracing-settings.ts';

/** For what was not exported yet. A stop has 10 s in all; a write and the Lease may take 8 of them. Milliseconds. */
const FLUSH_MS = 1_500;

/** The export of traces. It is its own DI token. */
export class Tracing {
  /** @param shutdown exports what is left; may fail or hang */
  constructor(private readonly shutdown: () => Promise<void> = async () => undefined) {}

  /** Exports what is left, and nothing afterwards. Takes a second and a half at most; never rejects. */
  async stop(): Promise<void> {
    const timer = new AbortController();
    const limit = delay(FLUSH_MS, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.shutdown().catch(() => undefined), limit]);
    timer.abort();
  }
}

/**
 * Begins to export traces, if the environment asks for them: see {@link parseTracingSettings}. Else nothing of the SDK is
 * even loaded. Resolves without waiting for the collector.
 *
 * @param version of the exporter
 * @throws TracingSettingsInvalidError
 */
export async function startTracing(
  environment: Readonly<Record<string, string | undefined>>,
  logging: Params,
  version: string,
): Promise<Tracing> {
  const settings = parseTracingSettings(environment);
  if (!settings) return new Tracing();

  const logger = new PinoLogger(logging);
  logger.setContext(Tracing.name);
  const trouble = new ExportTrouble(logger);
  // First, since the SDK complains of its settings while it is made.
  diag.setLogger(trouble.diagLogger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const { createSdk } = await import('./tracing-sdk.ts');
  const { provider, contextManager } = createSdk(settings, version, (error) => trouble.note(error));
  context.setGlobalContextManager(contextManager);
  trace.setGlobalTracerProvider(provider);
  logger.info({ sampler: settings.sampler }, 'exporting traces');
  return new Tracing(() => provider.shutdown());
}
