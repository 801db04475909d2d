import { settingsSchema } from '../../src/base/config/settings.schema.ts';

/** Writes docs/configuration.md out of the schema that the service reads its settings by. */
export function configurationReference(): string {
  const rows = Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const { description, fallback } = schema.meta() ?? {};
    if (!description) throw new Error(`${name} has no description`);
    return `| \`${name}\` | ${typeof fallback === 'string' ? fallback : `\`${defaultOf(schema)}\``} | ${description} |`;
  });
  return `${HEAD}${rows.join('\n')}\n${TAIL}`;
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

<!-- Written by \`npm run docs\` from src/base/config/settings.schema.ts; edit that. -->

The exporter is set up by environment variables alone. They are checked together when it starts: if any is wrong, it
names every problem at once and ends with exit code 78. An empty variable counts as unset. A variable that begins with
\`MCCE_\` and is not listed here is ignored with a warning. [Traces](operations.md#traces) have the variables of OpenTelemetry.

Durations are a whole number with a unit: \`500ms\`, \`30s\`, \`5m\`, \`2h\`.

| variable | default | meaning |
| --- | --- | --- |
`;

const TAIL = `
The hub is reached by \`KUBECONFIG\`, else \`~/.kube/config\`, else the pod's ServiceAccount. These credentials are the
operator's own and trusted. The entries of the registry are not: see [entries](operations.md#entries-of-the-registry).
`;
