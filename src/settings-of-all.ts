import { parseSettings, type Settings } from './base/config/settings.ts';
import { SettingsInvalidError } from './base/config/settings-invalid.error.ts';
import { activate, type LoadedExtension } from './base/extending/activate.ts';
import type { ActiveExtension } from './base/extending/extension.ts';

/**
 * Parses the environment for the core and its extensions together.
 *
 * @throws SettingsInvalidError naming every problem at once, never a value
 * @throws ExtensionInvalidError
 */
export function parseSettingsOfAll(
  environment: Readonly<Record<string, string | undefined>>,
  loaded: readonly LoadedExtension[],
): { settings: Settings; extensions: ActiveExtension[] } {
  const { active: extensions, problems } = activate(loaded, environment);
  try {
    const settings = parseSettings(environment);
    if (problems.length > 0) throw new SettingsInvalidError(problems);
    return { settings, extensions };
  } catch (error) {
    if (!(error instanceof SettingsInvalidError) || error.problems === problems) throw error;
    throw new SettingsInvalidError([...error.problems, ...problems]);
  }
}
