import { explain } from '../../../base/errors/explanation.ts';
import { checkEntry } from '../../../cluster-config/entries/entry-checker.ts';
import type { EntryPolicy } from '../../../cluster-config/entries/entry.ts';
import type { ClusterEndpoint } from '../../../kube/http/cluster-client.ts';
import { tokenClaims } from '../../../kube/objects/token-claims.ts';
import { CommandFailedError } from '../../command-failed.error.ts';
import type { Hub } from '../../hub.ts';
import { startingOver } from '../../registry/entry-changed.error.ts';
import type { RegistryEditor } from '../../registry/registry-editor.ts';
import type { KubeObject } from '../../requests.ts';
import type { Terminal } from '../../terminal.ts';
import type { ManifestFile } from '../manifest-file.ts';
import { expiryNotes, leftLines, withNewToken } from '../new-token.ts';
import { type Owner, ownerOf } from '../owner.ts';
import { proveOwnCluster } from '../ownership.ts';
import { proveToken } from '../prove.ts';
import { Readers, type TokenWish } from '../reader.ts';
import { addressIn, contextOf, entryText, withCluster } from '../remote-cluster.ts';

/** What rotations have in common. */
export interface Rotation {
  readonly hub: Hub;
  readonly registry: RegistryEditor;
  readonly wish: TokenWish;
  readonly terminal: Pick<Terminal, 'note' | 'progress'>;
  readonly interruption: AbortSignal;
  /** Takes the entry in place of the registry on the hub. */
  readonly file?: ManifestFile | undefined;
}

/** What came of one. */
export interface Rotated {
  readonly note: string;
  readonly warnings: readonly string[];
}

/** The cluster of an entry, proven to be its own. */
interface OwnCluster {
  readonly readers: Readers;
  readonly endpoint: ClusterEndpoint;
  /** By which the operator reaches it. */
  readonly ours: ReturnType<typeof addressIn>;
  /** Text of the entry. */
  readonly entry: string;
}

/**
 * Gives an entry a new token, proven before it replaces the old one, which ends afterwards; unless a file takes the entry, since
 * then the registry on the hub has the old one still.
 *
 * @param context of the cluster; undefined: the one that fits
 * @throws CommandFailedError nothing was changed
 */
export async function rotateEntry(rotation: Rotation, name: string, context?: string): Promise<Rotated> {
  const { hub, registry, wish, terminal, interruption, file } = rotation;
  await file?.prepare(name, true);
  const note = (text: string) => terminal.note(`${name}: ${text}`);
  return await startingOver(note, () =>
    withOwnCluster(rotation, name, context, async ({ readers, endpoint, ours, entry: before }) => {
      const address = addressIn(endpoint);
      const job = { readers, wish, terminal, interruption };
      const { token, warnings } = await withNewToken(job, async (made) => {
        terminal.progress(`${name}: reading the source with the new token`);
        const ways = { address, ours };
        const found = await proveToken(made.token, ways, hub.refs.source, hub.settings, interruption);
        interruption.throwIfAborted();
        const entry = entryText(address, made.token);
        if (file) await file.write(name, entry);
        else await registry.replace(name, before, entry);
        return { token: made, warnings: found };
      });
      const expiry = expiryNotes(token, wish);
      const left = file
        ? [
            `The old token stays valid. Once the registry on the hub has the new entry, end it: mcce cluster rotate ${name} --finish`,
          ]
        : await endOldCredentials(readers, name, endpoint, token.reader);
      return { note: expiry.note, warnings: [...warnings, ...expiry.warnings, ...left] };
    }),
  );
}

/**
 * Ends every token of an entry that is older than the one in the registry: after a rotation into a file, or one that failed.
 *
 * @returns the objects that it deleted
 * @throws CommandFailedError
 */
export async function finishRotation(
  rotation: Rotation,
  name: string,
  context?: string,
): Promise<{ deleted: readonly KubeObject[]; left: readonly string[] }> {
  return await withOwnCluster(rotation, name, context, async ({ readers, endpoint }) => {
    const found = await readers.find();
    const current = tokenClaims(endpoint.bearerToken).serviceAccount?.name;
    const madeAt = creationOf(found, current);
    if (madeAt === undefined)
      throw new CommandFailedError(
        `The token of the entry ${name} was not made by mcce for this entry, so nobody can tell which tokens are older. Nothing was changed.`,
      );
    const others = found.filter(({ metadata }) => metadata.name !== current);
    const older = others.filter(({ metadata }) => (creationOf(found, metadata.name) ?? 0) < madeAt);
    const newer = new Set(
      others.filter((object) => !older.includes(object)).map(({ metadata }) => metadata.name),
    );
    const deletion = await readers.delete(older);
    return {
      deleted: deletion.deleted,
      left: [
        ...[...newer].map(
          (reader) => `The reader ${reader} is not older than the one that the registry has, and stays.`,
        ),
        ...leftLines(deletion),
      ],
    };
  });
}

/** @returns milliseconds since the epoch; undefined: there is no such reader */
function creationOf(objects: readonly KubeObject[], reader: string | undefined): number | undefined {
  const times = objects
    .filter(({ metadata }) => metadata.name === reader)
    .map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''));
  return times.length === 0 ? undefined : Math.min(...times);
}

async function withOwnCluster<Result>(
  { hub, registry, terminal }: Rotation,
  name: string,
  context: string | undefined,
  task: (own: OwnCluster) => Promise<Result>,
): Promise<Result> {
  const entry = await registry.entry(name);
  const endpoint = acceptedEndpoint(name, entry, hub.settings);
  const where = context ?? (await contextOf(hub.kubeConfig, name, endpoint));
  return await withCluster(hub.kubeConfig, where, async (cluster) => {
    terminal.progress(`${name}: proving that ${where} is its cluster`);
    await proveOwnCluster(name, endpoint, cluster);
    const owner: Owner = await ownerOf(hub, name);
    const readers = new Readers(cluster.client, hub.refs.source, owner);
    return await task({ readers, endpoint, ours: cluster.address, entry });
  });
}

/** @returns what stays valid, for the operator */
async function endOldCredentials(
  readers: Readers,
  name: string,
  { bearerToken, tls }: ClusterEndpoint,
  newReader: string,
): Promise<string[]> {
  const left =
    tls.cert === undefined ? [] : ['The client certificate of the old entry stays valid until it expires.'];
  if (bearerToken === undefined) return left;
  try {
    const oldReader = tokenClaims(bearerToken).serviceAccount?.name;
    const found = await readers.find();
    const old = found.filter(({ metadata }) => metadata.name === oldReader && oldReader !== newReader);
    const others = found.filter(({ metadata }) => metadata.name !== oldReader && metadata.name !== newReader);
    const deletion = await readers.delete(old);
    return [
      ...left,
      ...(old.length === 0
        ? ['The old token was not made by mcce for this entry and stays valid until it expires.']
        : leftLines(deletion)),
      ...deletion.absent.map(({ kind, metadata }) => `${kind} ${metadata.name} was already gone.`),
      ...(others.length === 0
        ? []
        : [`There are other tokens of this entry; end the older ones: mcce cluster rotate ${name} --finish`]),
    ];
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    return [...left, `The old token could not be ended and stays valid. ${error.message}`];
  }
}

/** What a refused entry means nobody knows, so there is nothing to keep. */
function acceptedEndpoint(name: string, entry: string, policy: EntryPolicy): ClusterEndpoint {
  const verdict = checkEntry(Buffer.from(entry), policy);
  if ('refused' in verdict)
    throw new CommandFailedError(
      `The entry ${name} is refused: ${explain(verdict.refused)} Or remove the cluster and add it again.`,
    );
  const { endpoint } = verdict.accepted;
  if (endpoint.proxy)
    throw new CommandFailedError(
      'The entry names a proxy, which mcce would lose; write its new token by hand.',
    );
  return endpoint;
}
