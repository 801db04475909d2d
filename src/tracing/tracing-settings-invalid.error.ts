import { ExporterError } from '../errors/exporter.error.ts';

/** Variables of OpenTelemetry ask for what there is not here. Carries every problem, so that one restart mends all. */
export class TracingSettingsInvalidError extends ExporterError {
  readonly code = 'TRACING_SETTINGS_INVALID';

  /** @param problems one sentence each, with the variable's name first and without its value */
  constructor(readonly problems: readonly string[]) {
    super(
      `Traces cannot be exported as asked for, nothing was started. Correct these, or set OTEL_SDK_DISABLED=true: ${problems.join('; ')}.`,
    );
  }
}
