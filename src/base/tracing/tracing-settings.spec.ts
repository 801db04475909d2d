import { describe, expect, it } from 'vitest';
import { parseTracingSettings } from './tracing-settings.ts';
import { TracingSettingsInvalidError } from './tracing-settings-invalid.error.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('parseTracingSettings', () => {
  it.each([
    [{}],
    [{ OTEL_SERVICE_NAME: 'exporter', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }],
    [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
  ])('wants no traces with %o', (environment) => {
    expect(parseTracingSettings(environment)).toBeUndefined();
  });

  it.each([
    [ENDPOINT],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: ' ', OTEL_SDK_DISABLED: 'false' }],
    [
      {
        ...ENDPOINT,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      },
    ],
  ])('wants traces with %o', (environment) => {
    expect(parseTracingSettings(environment)).toMatchObject({
      sampler: 'parentbased_always_on',
      samplerRatio: 1,
      maxQueueSize: undefined,
    });
  });

  it('reads sampler and batches', () => {
    const settings = parseTracingSettings({
      ...ENDPOINT,
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
      OTEL_BSP_SCHEDULE_DELAY: '1000',
      OTEL_BSP_EXPORT_TIMEOUT: '2000',
    });

    expect(settings).toEqual({
      sampler: 'traceidratio',
      samplerRatio: 0.25,
      maxQueueSize: 100,
      maxExportBatchSize: 10,
      scheduledDelayMillis: 1_000,
      exportTimeoutMillis: 2_000,
    });
  });

  it('names every problem at once and no value', () => {
    const environment = {
      OTEL_TRACES_EXPORTER: 'canary-one',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'canary-two',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'canary-three',
      OTEL_TRACES_SAMPLER: 'canary-four',
      OTEL_TRACES_SAMPLER_ARG: 'canary-five',
      OTEL_BSP_SCHEDULE_DELAY: 'canary-six',
    };

    const parse = () => parseTracingSettings(environment);

    expect(parse).toThrow(TracingSettingsInvalidError);
    for (const name of Object.keys(environment)) expect(parse).toThrow(name);
    expect(parse).not.toThrow(/canary/);
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'console' }, 'OTEL_TRACES_EXPORTER must be otlp or none'],
    [{ OTEL_TRACES_EXPORTER: 'otlp,console' }, 'OTEL_TRACES_EXPORTER must be otlp or none'],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf',
    ],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL must be http/protobuf',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT must be an http://'],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1'],
    [{ ...ENDPOINT, OTEL_BSP_MAX_QUEUE_SIZE: '0' }, 'OTEL_BSP_MAX_QUEUE_SIZE must be a whole number'],
  ])('refuses %o', (environment, message) => {
    expect(() => parseTracingSettings(environment)).toThrow(message);
  });
});
