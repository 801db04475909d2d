import { ExtensionInvalidError } from './extension-invalid.error.ts';
import type { ActiveExtension, Extension, ExtensionFile, NestModule } from './extension.ts';
import { readSettings } from './extension-settings.ts';

/** An extension that was passed or loaded, and is checked. */
export interface LoadedExtension {
  readonly extension: Extension;
  readonly file?: ExtensionFile;
}

/**
 * Gives every extension its settings.
 *
 * @returns the extensions as they take part, and what is wrong with their settings
 * @throws ExtensionInvalidError when two have the same name, or one cannot make its module
 */
export function activate(
  loaded: readonly LoadedExtension[],
  environment: Readonly<Record<string, string | undefined>>,
): { active: ActiveExtension[]; problems: string[] } {
  const problems: string[] = [];
  const active: ActiveExtension[] = [];
  for (const { extension, file } of loaded) {
    const { name } = extension;
    if (active.some((other) => other.name === name))
      throw new ExtensionInvalidError(name, 'is there twice', 'Take one of both out, or rename it.');
    const settings = readSettings(extension, environment);
    problems.push(...settings.problems);
    // What is wrong keeps it from taking part, and everything from starting.
    const module = settings.problems.length > 0 ? class {} : moduleOf(extension, settings.values);
    active.push({ name, module, ...(file && { file }) });
  }
  return { active, problems };
}

function moduleOf({ name, module, settings }: Extension, values: Record<string, unknown>): NestModule {
  if (!settings) return module as NestModule;
  try {
    return (module as (values: Record<string, unknown>) => NestModule)(values);
  } catch (cause) {
    throw new ExtensionInvalidError(
      name,
      'failed to make its module',
      'See the cause; correct the extension.',
      {
        cause,
      },
    );
  }
}
