import { ExporterError } from '../errors/exporter.error.ts';

/** Exit code of a process whose configuration is wrong: `EX_CONFIG` of sysexits.h. */
export const EXIT_CODE_CONFIGURATION = 78;

/** The environment holds settings that cannot be used. Carries every problem, so that one restart mends all. */
export class SettingsInvalidError extends ExporterError {
  readonly code = 'SETTINGS_INVALID';

  /** @param problems one sentence each, with the variable's name first and without its value */
  constructor(readonly problems: readonly string[]) {
    super(`The settings are invalid, nothing was started. Correct these: ${problems.join('; ')}.`);
  }
}
