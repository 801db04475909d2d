import 'reflect-metadata';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { settingsSchema } from '../../src/base/config/settings.schema.ts';
import type { Extension } from '../../src/base/extending/extension.ts';
import { settingVariable } from '../../src/base/extending/extension-settings.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A setting, as zod knows it. */
interface SettingSchema {
  readonly def: object;
  meta(): Record<string, unknown> | undefined;
}

/** Writes docs/configuration.md out of the schemas that the service and the built-in extensions read their settings by. */
export async function configurationReference(): Promise<string> {
  const own = Object.entries(settingsSchema.shape).map(([name, schema]) => rowOf(name, schema));
  const extensions = (await builtInExtensions()).flatMap((extension) =>
    Object.entries(extension.settings?.shape ?? {}).map(([key, schema]) =>
      rowOf(settingVariable(extension, key), schema as SettingSchema),
    ),
  );
  return `${HEAD}${own.join('\n')}\n${EXTENSIONS}${extensions.join('\n')}\n${TAIL}`;
}

/** What the file of each built-in extension exports, by name. */
async function builtInExtensions(): Promise<Extension[]> {
  const files = globSync('src/extensions/**/*.extension.ts', { cwd: ROOT });
  const modules = files.map(
    async (file) => (await import(/* @vite-ignore */ join(ROOT, file))) as { default: Extension },
  );
  const extensions = (await Promise.all(modules)).map((module) => module.default);
  return extensions.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function rowOf(name: string, schema: SettingSchema): string {
  const { description, fallback } = schema.meta() ?? {};
  if (typeof description !== 'string') throw new Error(`${name} has no description`);
  return `| \`${name}\` | ${typeof fallback === 'string' ? fallback : `\`${defaultOf(schema)}\``} | ${description} |`;
}

/** What an unset variable comes to, as it would be written. */
function defaultOf({ def }: { def: object }): string {
  for (
    let current = def as { defaultValue?: string; in?: { def: object }; innerType?: { def: object } };
    ;
  ) {
    if (current.defaultValue !== undefined) return current.defaultValue;
    const next = current.in ?? current.innerType;
    if (!next) throw new Error('the setting has no default');
    current = next.def;
  }
}

const HEAD = `# Configuration

<!-- Written by \`npm run docs\` from src/base/config/settings.schema.ts and the settings in src/extensions/; edit those. -->

The exporter is set up by environment variables alone. They are checked together when it starts: if any is wrong, it
names every problem at once and ends with exit code 78. An empty variable counts as unset. A variable that begins with
\`MCCE_\` and is not listed here is ignored with a warning. [Traces](operations.md#traces) have the variables of OpenTelemetry.

Durations are a whole number with a unit: \`500ms\`, \`30s\`, \`5m\`, \`2h\`.

| variable | default | meaning |
| --- | --- | --- |
`;

const EXTENSIONS = `
## Extensions

The settings of the [built-in extensions](registries.md), read when \`MCCE_EXTENSIONS\` names them.

| variable | default | meaning |
| --- | --- | --- |
`;

const TAIL = `
## The hub

The hub is reached by \`KUBECONFIG\`, else \`~/.kube/config\`, else the pod's ServiceAccount. These credentials are the
operator's own and trusted. The entries of the registry are not: see [entries](operations.md#entries-of-the-registry).
`;
