import { CommandFailedError } from '../command-failed.error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Hub, withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { RegistryEditor } from '../registry/registry-editor.ts';
import { aggregateLoss } from './aggregate-loss.ts';
import { isMeant } from './is-meant.ts';
import { tokenLeft } from './token-left.ts';
import { planPurge } from './purge.ts';
import { Reader } from './reader.ts';
import { withCluster } from './remote-cluster.ts';

/** Options of `mcce cluster remove`. */
export interface RemoveClusterOptions {
  /** The context by which what add made in the cluster goes, too; true: that of the cluster's name. */
  purge?: string | true;
  dryRun?: boolean;
  yes?: boolean;
}

/** Removes the entry of a cluster, after it has shown what is lost by that. */
export async function removeCluster(
  invocation: Invocation<RemoveClusterOptions, [name: string]>,
): Promise<ExitCode> {
  const {
    options: { purge },
    args: [name],
  } = invocation;
  return await withHub(invocation, async (hub) => {
    if (purge === undefined) return await remove(invocation, hub);
    // What cannot be reached must not lose its entry first: nobody could end its tokens afterwards.
    return await withCluster(hub.kubeConfig, purge === true ? name : purge, async ({ client }) =>
      remove(invocation, hub, new Reader(client, hub.refs.source)),
    );
  });
}

async function remove(
  { terminal, options, args: [name] }: Invocation<RemoveClusterOptions, [name: string]>,
  hub: Hub,
  reader?: Reader,
): Promise<ExitCode> {
  const registry = new RegistryEditor(hub);
  const data = (await registry.read())?.data ?? new Map<string, string>();
  const known = data.has(name);
  if (!known && !reader) refuseUnknown(name);
  const purge = reader && (await planPurge(reader, name, data, hub.settings));
  for (const line of known ? await aggregateLoss(hub, data, name) : [`the registry has no cluster ${name}`])
    terminal.print(line);
  for (const line of purge ? purge.lines : tokenLeft(data.get(name), hub.settings)) terminal.print(line);
  if (options.dryRun) return EXIT.good;
  if (!(await isMeant(terminal, `Remove ${name}?`, options.yes ?? false))) return EXIT.degraded;

  const { namespace, name: where } = hub.refs.registry;
  if (known) {
    await registry.edit(name, () => null);
    terminal.print(`cluster ${name} removed from ${namespace}/${where}`);
  }
  if (reader && purge) await reader.remove(purge.objects);
  return EXIT.good;
}

function refuseUnknown(name: string): never {
  throw new CommandFailedError(
    `The registry has no cluster ${name}; \`mcce cluster list\` shows those that it has.`,
  );
}
