import { EXIT_CODE_CONFIGURATION, ExporterError } from '../errors/exporter.error.ts';

/** Variables of OpenTelemetry ask for something that is not supported. Carries every problem, so that one restart fixes all. */
export class TracingSettingsInvalidError extends ExporterError {
  readonly code = 'MCCE_TRACING_SETTINGS_INVALID';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  /** @param problems one sentence each, with the variable's name first and without its value */
  constructor(readonly problems: readonly string[]) {
    super(`Traces cannot be exported as asked for, nothing was started: ${problems.join('; ')}.`, {
      remedy: 'Correct this, or set OTEL_SDK_DISABLED=true.',
      lasting: true,
    });
  }
}
