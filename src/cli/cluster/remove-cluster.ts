import { KubeRequestError } from '../../kube/kube-request.error.ts';
import { SecretClient } from '../../kube/secret-client.ts';
import { restoreContent } from '../../storage-sync/source-content.ts';
import { attempt } from '../attempt.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Hub, withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { REQUEST_TIMEOUT_MS } from '../kube-objects.ts';
import { registryEntries } from '../registry/registry-entries.ts';
import { RegistryEditor } from '../registry/registry-editor.ts';
import { Reader } from './reader.ts';
import { withCluster } from './remote-cluster.ts';

/** Options of `mcce cluster remove`. */
export interface RemoveClusterOptions {
  /** The context by which the ServiceAccount in the cluster goes, too; true: that of the cluster's name. */
  purge?: string | true;
  dryRun?: boolean;
  yes?: boolean;
}

/** Removes the entry of a cluster, after it has shown what the aggregate loses. */
export async function removeCluster(
  invocation: Invocation<RemoveClusterOptions, [name: string]>,
): Promise<ExitCode> {
  const {
    terminal,
    options,
    args: [name],
  } = invocation;
  return await withHub(invocation, async (hub) => {
    const registry = new RegistryEditor(hub);
    const data = (await registry.read())?.data ?? new Map<string, string>();
    refuseUnknown(name, data.has(name));
    for (const line of await consequences(hub, data, name)) terminal.print(line);
    if (options.dryRun) return EXIT.good;
    if (!options.yes) {
      if (!terminal.canAsk)
        throw new CommandFailedError('Nobody can be asked whether this is meant; say so with --yes.');
      if (!(await terminal.confirm(`Remove ${name}?`))) return EXIT.degraded;
    }

    await registry.edit(name, (current) => {
      refuseUnknown(name, current !== undefined);
      return null;
    });
    terminal.print(`cluster ${name} removed from ${hub.refs.registry.namespace}/${hub.refs.registry.name}`);
    if (options.purge !== undefined) await purge(hub, options.purge === true ? name : options.purge);
    return EXIT.good;
  });
}

async function purge({ kubeConfig, refs }: Hub, context: string): Promise<void> {
  await withCluster(kubeConfig, context, async ({ client }) => {
    await new Reader(client, refs.source).purge();
  });
}

/** What the aggregate loses: names and sizes, and a digest to tell contents apart. */
async function consequences(
  { client, refs: { aggregate }, settings }: Hub,
  registry: ReadonlyMap<string, string>,
  name: string,
): Promise<string[]> {
  const where = `${aggregate.namespace}/${aggregate.name}`;
  const others = new Map([...registry].filter(([other]) => other !== name));
  if (!registryEntries(others, settings).some(({ verdict }) => verdict === 'accepted'))
    return [`it is the last usable entry: the aggregate ${where} stays as it is`];
  const reading = new SecretClient(client, aggregate)
    .get(AbortSignal.timeout(REQUEST_TIMEOUT_MS))
    .catch((error: unknown) => {
      if (error instanceof KubeRequestError && error.reason === 'not_found') return undefined;
      throw error;
    });
  const held = (await attempt(`Reading the aggregate ${where} on the hub`, reading))?.data.get(name);
  const content = held === undefined ? undefined : restoreContent(held);
  if (held === undefined) return [`the aggregate ${where} holds nothing of it`];
  if (!content) return [`the aggregate ${where} loses its key ${name}, which nobody can read`];
  return [
    `the aggregate ${where} loses its key ${name}: ${content.bytes} bytes, sha256 ${content.digest.slice(0, 12)}`,
  ];
}

function refuseUnknown(name: string, known: boolean): void {
  if (known) return;
  throw new CommandFailedError(
    `The registry has no cluster ${name}; \`mcce cluster list\` shows those that it has.`,
  );
}
