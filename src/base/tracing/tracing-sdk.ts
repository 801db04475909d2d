import type { ContextManager } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingSettings } from './tracing-settings.ts';

/**
 * OpenTelemetry's SDK: the one file that imports it, and a file of its own when built, so that nobody loads it who does not
 * want traces. Endpoint, headers, TLS, compression and timeout the exporter reads from the environment itself.
 *
 * @param version of the exporter
 * @param onError hears of every export that failed
 */
export function createSdk(
  settings: TracingSettings,
  version: string,
  onError: (error: unknown) => void,
): { provider: TracerProvider; contextManager: ContextManager } {
  setGlobalErrorHandler(onError);
  const { maxQueueSize, maxExportBatchSize, scheduledDelayMillis, exportTimeoutMillis } = settings;
  const processor = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter(),
    ...(maxQueueSize !== undefined && { maxQueueSize }),
    ...(maxExportBatchSize !== undefined && { maxExportBatchSize }),
    ...(scheduledDelayMillis !== undefined && { scheduledDelayMillis }),
    ...(exportTimeoutMillis !== undefined && { exportTimeoutMillis }),
  });
  const provider = new TracerProvider({
    resource: resource(version),
    sampler: sampler(settings),
    spanProcessors: [processor],
  });
  return { provider, contextManager: new AsyncLocalStorageContextManager().enable() };
}

/** What is exported says who exports it. The later wins; of process and host nothing is told that nobody asked for. */
function resource(version: string) {
  return defaultResource()
    .merge(
      resourceFromAttributes({ 'service.name': 'multi-cluster-config-exporter', 'service.version': version }),
    )
    .merge(detectResources({ detectors: [serviceInstanceIdDetector] }))
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
    .merge(detectResources({ detectors: [serviceNameEnvDetector] }));
}

function sampler({ sampler: name, samplerRatio }: TracingSettings): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(samplerRatio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplerRatio) });
  }
}
