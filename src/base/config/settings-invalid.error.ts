import { EXIT_CODE_CONFIGURATION, ExporterError } from '../errors/exporter.error.ts';

/** The environment holds settings that cannot be used. Carries every problem, so that one restart fixes all. */
export class SettingsInvalidError extends ExporterError {
  readonly code = 'MCCE_SETTINGS_INVALID';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  /** @param problems one sentence each, with the variable's name first and without its value */
  constructor(readonly problems: readonly string[]) {
    super(`The settings are invalid, nothing was started: ${problems.join('; ')}.`, {
      remedy: 'Correct them.',
      lasting: true,
    });
  }
}
