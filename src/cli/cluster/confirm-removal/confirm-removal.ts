import { CONFIRM_REMOVAL_ANNOTATION } from '../../../cluster-config/registry-view.ts';
import { SecretClient } from '../../../kube/objects/secret-client.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { removalDigest } from '../../../storage-sync/keeping/removal-guard.ts';
import { CommandFailedError } from '../../command-failed.error.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { type Hub, withHub } from '../../hub.ts';
import type { Invocation } from '../../invocation.ts';
import { startingOver } from '../../registry/entry-changed.error.ts';
import { RegistryEditor } from '../../registry/registry-editor.ts';
import { registryEntries } from '../../registry/registry-entries.ts';
import { attempt, REQUEST_TIMEOUT_MS, unless } from '../../requests.ts';

/** Options of `mcce cluster confirm-removal`. */
export interface ConfirmRemovalOptions {
  yes?: boolean;
}

type Confirmation = Invocation<ConfirmRemovalOptions, [digest: string | undefined]>;

/** Confirms that clusters which left the registry are to leave the aggregate, after it has shown which. */
export async function confirmRemoval(invocation: Confirmation): Promise<ExitCode> {
  const note = (text: string) => invocation.terminal.note(text);
  return await withHub(invocation, (hub) => startingOver(note, () => confirm(invocation, hub)));
}

async function confirm({ terminal, options, args: [expected] }: Confirmation, hub: Hub): Promise<ExitCode> {
  const editor = new RegistryEditor(hub);
  const registry = await editor.read();
  if (!registry || !isUsable(registry, hub))
    throw new CommandFailedError('The registry names no usable cluster, so the aggregate is left as it is.', {
      remedy: 'Put the entries back first, or add a cluster.',
    });
  const aggregate = await readAggregate(hub);
  const gone = [...(aggregate?.data.keys() ?? [])].filter((name) => !registry.data.has(name)).toSorted();
  if (gone.length === 0) {
    terminal.print('no key of the aggregate is without an entry in the registry');
    return EXIT.good;
  }
  for (const name of gone) terminal.print(`the aggregate loses its key ${name}`);
  const digest = removalDigest(gone, registry.annotations.get(CONFIRM_REMOVAL_ANNOTATION));
  if (expected !== undefined && expected !== digest)
    throw new CommandFailedError(
      `${expected} confirms another removal: the registry has changed since. These clusters are confirmed by ${digest}.`,
    );
  await terminal.confirm(`Remove ${gone.length} clusters from the aggregate?`, options.yes);
  await editor.confirmRemoval(registry, digest);
  terminal.print(`removal of ${gone.length} clusters confirmed`);
  return EXIT.good;
}

function isUsable(registry: SecretSnapshot, { settings }: Hub): boolean {
  return registryEntries(registry.data, settings).some(({ verdict }) => verdict === 'accepted');
}

async function readAggregate({ client, refs: { aggregate } }: Hub): Promise<SecretSnapshot | undefined> {
  const reading = new SecretClient(client, aggregate).get(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
  return await attempt(
    `Reading the aggregate ${aggregate.namespace}/${aggregate.name} on the hub`,
    unless('not_found', reading),
  );
}
