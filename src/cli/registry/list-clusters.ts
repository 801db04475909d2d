import { CommandFailedError } from '../command-failed.error.ts';
import { API_VERSION, type Format, formatDocument } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Hub, withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { RegistryEditor } from './registry-editor.ts';
import { registryEntries } from './registry-entries.ts';
import { registryTable } from './registry-table.ts';

/** Prints the entries of the registry, without a secret. */
export async function listClusters(invocation: Invocation<{ output: Format }>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  return await withHub(invocation, async (hub) => {
    const items = registryEntries(await readRegistry(hub), hub.settings);
    const document = { apiVersion: API_VERSION, kind: 'ClusterList', items } as const;
    terminal.print(formatDocument(document, options.output, (wide) => registryTable(items, terminal, wide)));
    return items.some(({ verdict }) => verdict === 'refused') ? EXIT.degraded : EXIT.good;
  });
}

async function readRegistry(hub: Hub): Promise<ReadonlyMap<string, string>> {
  const registry = await new RegistryEditor(hub).read();
  if (registry) return registry.data;
  const { namespace, name } = hub.refs.registry;
  throw new CommandFailedError(
    `There is no registry: the Secret ${namespace}/${name} does not exist on the hub. Create it by adding a cluster, or give its namespace by -n.`,
  );
}
