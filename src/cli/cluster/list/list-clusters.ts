import { CommandFailedError } from '../../command-failed.error.ts';
import { API_VERSION, type ClustersFormat, formatClusters } from '../../document.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { type Hub, withHub } from '../../hub.ts';
import type { Invocation } from '../../invocation.ts';
import { RegistryEditor } from '../../registry/registry-editor.ts';
import { ENTRY_STATES, type EntryState } from '../../registry/entry-state.ts';
import { entryState, foreignEntry, registryEntries } from '../../registry/registry-entries.ts';
import { registryTable } from '../../registry/registry-table.ts';
import { select } from '../../selection.ts';
import { clustersOfOtherRegistries } from '../../status/other-registries.ts';

/** Options of `mcce cluster list`. */
export interface ListOptions {
  state?: readonly EntryState[];
  output: ClustersFormat;
}

/** Prints the entries of the registry, and those of the registries of extensions, without a secret. */
export async function listClusters(
  invocation: Invocation<ListOptions, [names: readonly string[]]>,
): Promise<ExitCode> {
  const { terminal, options, args } = invocation;
  const [names] = args;
  return await withHub(invocation, async (hub) => {
    const others = await clustersOfOtherRegistries(hub);
    if (others.doubt !== undefined) terminal.warn([others.doubt]);
    const entries = [
      ...registryEntries(await readRegistry(hub), hub.settings),
      ...others.clusters.map(foreignEntry),
    ];
    const items = select(entries, { names, states: options.state }, entryState, ENTRY_STATES);
    const document = { apiVersion: API_VERSION, kind: 'ClusterList', items } as const;
    terminal.print(
      formatClusters(document, items, options.output, (wide) => registryTable(items, terminal, wide)),
    );
    return items.some(({ verdict }) => verdict === 'refused') ? EXIT.degraded : EXIT.good;
  });
}

async function readRegistry(hub: Hub): Promise<ReadonlyMap<string, string>> {
  const registry = await new RegistryEditor(hub).read();
  if (registry) return registry.data;
  // Extensions may name all clusters.
  if (hub.settings.extensions.length > 0) return new Map();
  const { namespace, name } = hub.refs.registry;
  throw new CommandFailedError(
    `There is no registry: the Secret ${namespace}/${name} does not exist on the hub. Create it by adding a cluster, or give its namespace by -n.`,
  );
}
