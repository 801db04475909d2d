import type { Extension } from './extension.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The variable of a setting: `NAMESPACES` of `argocd-clusters` is `MCCE_X_ARGOCD_CLUSTERS_NAMESPACES`. */
export function settingVariable({ name }: Pick<Extension, 'name'>, key: string): string {
  return `MCCE_X_${name.replaceAll('-', '_').toUpperCase()}_${key}`;
}

/** The variables of all settings of an extension. */
export function settingVariables(extension: Extension): string[] {
  return Object.keys(extension.settings?.shape ?? {}).map((key) => settingVariable(extension, key));
}

/**
 * Reads the settings of an extension. An empty variable counts as unset.
 *
 * @returns the values; and what is wrong, a sentence each with the variable's name first and without its value
 */
export function readSettings(
  extension: Extension,
  environment: Environment,
): { values: Record<string, unknown>; problems: string[] } {
  if (!extension.settings) return { values: {}, problems: [] };
  const present = Object.keys(extension.settings.shape)
    .map((key) => [key, environment[settingVariable(extension, key)]] as const)
    .filter(([, value]) => value !== undefined && value !== '');
  const result = extension.settings.safeParse(Object.fromEntries(present));
  if (result.success) return { values: result.data, problems: [] };
  const problems = result.error.issues.map(
    ({ path: [key = '', ...rest], message }) =>
      `${[settingVariable(extension, String(key)), ...rest.map(String)].join('.')} ${message}`,
  );
  return { values: {}, problems };
}
