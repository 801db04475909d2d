import { CONFIRM_REMOVAL_ANNOTATION } from '../../../cluster-config/registries/registry-source.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { removalDigest } from '../../../storage-sync/keeping/removal-guard.ts';
import { CommandFailedError } from '../../command-failed.error.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { type Hub, withHub } from '../../hub.ts';
import type { Invocation } from '../../invocation.ts';
import { startingOver } from '../../registry/entry-changed.error.ts';
import { RegistryEditor } from '../../registry/registry-editor.ts';
import { registryEntries } from '../../registry/registry-entries.ts';
import { readAggregate } from '../read-aggregate.ts';

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

async function confirm(invocation: Confirmation, hub: Hub): Promise<ExitCode> {
  const {
    terminal,
    options,
    args: [expected],
  } = invocation;
  const editor = new RegistryEditor(hub);
  const registry = await editor.read();
  if (!registry || !isUsable(registry, hub))
    throw new CommandFailedError('The registry names no usable cluster, so the aggregate is left as it is.', {
      remedy: 'Put the entries back first, or add a cluster.',
    });
  if (hub.settings.extensions.length > 0) return await confirmUnseen(invocation, hub, registry);
  const aggregate = await readAggregate(hub);
  const gone = [...aggregate.keys()].filter((name) => !registry.data.has(name)).toSorted();
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

/** Extensions may name clusters that the registry does not have, so only the exporter knows which keys go. */
async function confirmUnseen(
  { terminal, options, args: [digest] }: Confirmation,
  hub: Hub,
  registry: SecretSnapshot,
): Promise<ExitCode> {
  if (digest === undefined)
    throw new CommandFailedError(
      `The exporter runs with extensions (${hub.settings.extensions.join(', ')}), which may name clusters, so mcce cannot tell which keys go.`,
      {
        remedy:
          'Look at `mcce status`, and give the digest that it shows: mcce cluster confirm-removal DIGEST.',
      },
    );
  terminal.print(`the aggregate loses the keys that mcce status shows with ${digest}`);
  await terminal.confirm('Remove them from the aggregate?', options.yes);
  await new RegistryEditor(hub).confirmRemoval(registry, digest);
  terminal.print(`removal ${digest} confirmed`);
  return EXIT.good;
}

function isUsable(registry: SecretSnapshot, { settings }: Hub): boolean {
  return registryEntries(registry.data, settings).some(({ verdict }) => verdict === 'accepted');
}
