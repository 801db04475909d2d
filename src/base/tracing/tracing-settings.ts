import { z } from 'zod';
import { TracingSettingsInvalidError } from './tracing-settings-invalid.error.ts';

/** Names of the samplers there are (OpenTelemetry, "Environment Variable Specification"). */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** What of the environment the SDK does not read by itself. All durations are milliseconds; undefined: the SDK's default. */
export interface TracingSettings {
  sampler: (typeof SAMPLERS)[number];
  /** Share of the traces that a sampler with a ratio keeps, 0 to 1. */
  samplerRatio: number;
  maxQueueSize: number | undefined;
  maxExportBatchSize: number | undefined;
  scheduledDelayMillis: number | undefined;
  exportTimeoutMillis: number | undefined;
}

/** The variable for traces alone wins over the one for everything. */
const PAIRS = [
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
] as const;

const endpoint = z
  .string()
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'must be an http:// or https:// URL')
  .optional();
const protocol = z.literal('http/protobuf', 'must be http/protobuf, others are not built in').optional();
const positive = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'must be a whole number from 1 on')
  .transform(Number)
  .optional();

const schema = z.object({
  OTEL_TRACES_EXPORTER: z.literal('otlp', 'must be otlp or none, others are not built in').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, `must be one of ${SAMPLERS.join(', ')}`)
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
    .prefault('1')
    .transform(Number),
  OTEL_BSP_MAX_QUEUE_SIZE: positive,
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: positive,
  OTEL_BSP_SCHEDULE_DELAY: positive,
  OTEL_BSP_EXPORT_TIMEOUT: positive,
});

/**
 * Whether and how traces are exported, from the variables that OpenTelemetry specifies. An empty variable counts as unset.
 * Endpoint, headers, resource and the like the SDK reads itself; here they are only checked, where a mistake would go unnoticed.
 *
 * @returns undefined: no traces
 * @throws TracingSettingsInvalidError naming every problem at once, never a value
 */
export function parseTracingSettings(
  environment: Readonly<Record<string, string | undefined>>,
): TracingSettings | undefined {
  const present = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      const text = value?.trim() ?? '';
      return text === '' ? [] : [[name, text] as const];
    }),
  );
  for (const [specific, general] of PAIRS) if (present[specific] !== undefined) delete present[general];
  if (!isWanted(present)) return undefined;

  const result = schema.safeParse(present);
  if (!result.success) {
    throw new TracingSettingsInvalidError(
      result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`),
    );
  }
  const { data } = result;
  return {
    sampler: data.OTEL_TRACES_SAMPLER,
    samplerRatio: data.OTEL_TRACES_SAMPLER_ARG,
    maxQueueSize: data.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: data.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    scheduledDelayMillis: data.OTEL_BSP_SCHEDULE_DELAY,
    exportTimeoutMillis: data.OTEL_BSP_EXPORT_TIMEOUT,
  };
}

function isWanted(present: Readonly<Record<string, string>>): boolean {
  if (present.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false;
  if (present.OTEL_TRACES_EXPORTER !== undefined) return present.OTEL_TRACES_EXPORTER !== 'none';
  return 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' in present || 'OTEL_EXPORTER_OTLP_ENDPOINT' in present;
}
