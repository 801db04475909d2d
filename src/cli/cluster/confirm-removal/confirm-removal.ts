import { ExporterError } from '../../../base/errors/exporter.error.ts';
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
import { leaderOf } from '../../status/leader-on-hub.ts';
import { readAggregate } from '../read-aggregate.ts';

/** For asking the exporter. Milliseconds. */
const TIMEOUT_MS = 10_000;

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
  const removal = await findRemoval(hub, registry, expected);
  if (!removal) {
    terminal.print('no key of the aggregate is without an entry in the registry');
    return EXIT.good;
  }
  if (!registry)
    throw new CommandFailedError(
      `The registry ${hub.refs.registry.namespace}/${hub.refs.registry.name} does not exist on the hub, and a confirmation is an annotation of it.`,
      { remedy: 'Create a Secret of this name without data; that changes no cluster of an extension.' },
    );
  const { clusters, digest } = removal;
  for (const name of clusters ?? []) terminal.print(`the aggregate loses its key ${name}`);
  if (!clusters) terminal.print(`the aggregate loses the keys that mcce status shows with ${digest}`);
  if (expected !== undefined && expected !== digest)
    throw new CommandFailedError(
      `${expected} confirms another removal: the registry has changed since. These clusters are confirmed by ${digest}.`,
    );
  const what = clusters ? `${clusters.length} clusters` : 'them';
  await terminal.confirm(`Remove ${what} from the aggregate?`, options.yes);
  await editor.confirmRemoval(registry, digest);
  terminal.print(`removal ${clusters ? `of ${what}` : digest} confirmed`);
  return EXIT.good;
}

/** What leaves the aggregate once somebody confirms it. */
interface Removal {
  /** Undefined: only the exporter knows, and it cannot be asked. */
  readonly clusters: readonly string[] | undefined;
  readonly digest: string;
}

/** @returns undefined when nothing is to go */
async function findRemoval(
  hub: Hub,
  registry: SecretSnapshot | undefined,
  expected: string | undefined,
): Promise<Removal | undefined> {
  if (hub.settings.extensions.length > 0) return await removalOfExporter(hub, expected);
  if (!registry || !isUsable(registry, hub))
    throw new CommandFailedError('The registry names no usable cluster, so the aggregate is left as it is.', {
      remedy: 'Put the entries back first, or add a cluster.',
    });
  const aggregate = await readAggregate(hub);
  const clusters = [...aggregate.keys()].filter((name) => !registry.data.has(name)).toSorted();
  if (clusters.length === 0) return undefined;
  return { clusters, digest: removalDigest(clusters, registry.annotations.get(CONFIRM_REMOVAL_ANNOTATION)) };
}

/** Extensions may name clusters that the registry does not have, so only the exporter knows which keys go. */
async function removalOfExporter(hub: Hub, expected: string | undefined): Promise<Removal | undefined> {
  try {
    return (await leaderOf(hub, AbortSignal.timeout(TIMEOUT_MS))).registry.removal;
  } catch (error) {
    if (!(error instanceof ExporterError)) throw error;
    if (expected !== undefined) return { clusters: undefined, digest: expected };
    throw new CommandFailedError(
      `The exporter runs with extensions (${hub.settings.extensions.join(', ')}), which may name clusters, so only it knows which keys go. ${error.message}`,
      { remedy: 'Or give the digest that status, log or Event show: mcce cluster confirm-removal DIGEST.' },
    );
  }
}

function isUsable(registry: SecretSnapshot, { settings }: Hub): boolean {
  return registryEntries(registry.data, settings).some(({ verdict }) => verdict === 'accepted');
}
