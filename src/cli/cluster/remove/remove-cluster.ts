import { checkEntry } from '../../../cluster-config/entries/entry-checker.ts';
import { expiriesOf } from '../../../cluster-config/credentials/credential-expiry.ts';
import type { ClusterEndpoint } from '../../../kube/http/cluster-client.ts';
import { CommandFailedError } from '../../command-failed.error.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { type Hub, withHub } from '../../hub.ts';
import type { Invocation } from '../../invocation.ts';
import { startingOver } from '../../registry/entry-changed.error.ts';
import { RegistryEditor } from '../../registry/registry-editor.ts';
import { describeObject, type KubeObject } from '../../requests.ts';
import { leftLines } from '../new-token.ts';
import { ownerOf } from '../owner.ts';
import { proveOwnCluster } from '../ownership.ts';
import { Readers } from '../reader.ts';
import { contextOf, withCluster } from '../remote-cluster.ts';
import { aggregateLoss } from './aggregate-loss.ts';

/** Options of `mcce cluster remove`. */
export interface RemoveClusterOptions {
  /** The context by which what mcce made in the cluster goes, too; true: the one that fits the entry. */
  purge?: string | true;
  /** Readers to delete of an entry that has left the registry. */
  force?: readonly string[];
  dryRun?: boolean;
  yes?: boolean;
}

type Removal = Invocation<RemoveClusterOptions, [name: string]>;

/** What goes in the cluster. */
interface Purge {
  readonly readers: Readers;
  readonly objects: readonly KubeObject[];
}

/** Removes the entry of a cluster, after it has shown what is lost by that. */
export async function removeCluster(invocation: Removal): Promise<ExitCode> {
  const { terminal, options, args } = invocation;
  const [name] = args;
  return await withHub(invocation, async (hub) => {
    const registry = new RegistryEditor(hub);
    return await startingOver(
      (text) => terminal.note(text),
      async () => {
        const data = (await registry.read())?.data ?? new Map<string, string>();
        const encoded = data.get(name);
        if (encoded === undefined) return await removeForgotten(invocation, hub);
        if (options.force)
          throw new CommandFailedError(`The registry has the cluster ${name}; leave --force out.`);
        const entry = Buffer.from(encoded, 'base64').toString('utf8');
        const endpoint = endpointOf(entry, hub);
        return await withPurge(invocation, hub, endpoint, async (purge) => {
          terminal.print(await aggregateLoss(hub, data, name));
          for (const line of purge ? deletionLines(purge) : credentialLines(endpoint)) terminal.print(line);
          if (options.dryRun) return EXIT.good;
          await terminal.confirm(`Remove ${name}?`, options.yes);
          await registry.replace(name, entry, null);
          const { namespace, name: secret } = hub.refs.registry;
          terminal.print(`cluster ${name} removed from ${namespace}/${secret}`);
          return purge ? await carryOut(invocation, purge) : EXIT.good;
        });
      },
    );
  });
}

/** Proves the cluster, and finds what is in it, before the entry goes: nobody could tell afterwards. */
async function withPurge<Result>(
  { options: { purge }, args: [name] }: Removal,
  hub: Hub,
  endpoint: ClusterEndpoint | undefined,
  task: (purge?: Purge) => Promise<Result>,
): Promise<Result> {
  if (purge === undefined) return await task();
  if (!endpoint)
    throw new CommandFailedError(
      `The entry ${name} is refused, so it is not known which cluster is its own; correct it, or remove it without --purge.`,
    );
  const context = purge === true ? await contextOf(hub.kubeConfig, name, endpoint) : purge;
  return await withCluster(hub.kubeConfig, context, async (cluster) => {
    await proveOwnCluster(name, endpoint, cluster);
    const readers = new Readers(cluster.client, hub.refs.source, await ownerOf(hub, name));
    return await task({ readers, objects: await readers.find() });
  });
}

/** For an entry that is not in the registry: nothing goes but what `--force` names, and mcce made for an entry of this name. */
async function removeForgotten(invocation: Removal, hub: Hub): Promise<ExitCode> {
  const { terminal, options, args } = invocation;
  const [name] = args;
  const { purge, force = [] } = options;
  const unknown = `The registry has no cluster ${name}; \`mcce cluster list\` shows those that it has.`;
  if (purge === undefined) throw new CommandFailedError(unknown);
  const context = purge === true ? await contextOf(hub.kubeConfig, name, undefined) : purge;
  return await withCluster(hub.kubeConfig, context, async ({ client }) => {
    const readers = new Readers(client, hub.refs.source, await ownerOf(hub, name));
    const found = await readers.find();
    const names = [...new Set(found.map(({ metadata }) => metadata.name))];
    const foreign = force.filter((reader) => !names.includes(reader));
    if (force.length === 0 || foreign.length > 0)
      throw new CommandFailedError(
        [
          unknown,
          ...(foreign.length > 0 ? [`mcce did not make ${foreign.join(', ')} for an entry ${name}.`] : []),
          names.length === 0
            ? `Nothing in the cluster was made for an entry ${name} of this registry.`
            : `In the cluster this was made for an entry of that name: ${names.join(', ')}. Delete it by --force ${names.join(' --force ')}.`,
        ].join(' '),
      );
    const objects = found.filter(({ metadata }) => force.includes(metadata.name));
    for (const line of deletionLines({ objects })) terminal.print(line);
    if (options.dryRun) return EXIT.good;
    await terminal.confirm(`Delete what was made for ${name}?`, options.yes);
    return await carryOut(invocation, { readers, objects });
  });
}

async function carryOut({ terminal, args: [name] }: Removal, { readers, objects }: Purge): Promise<ExitCode> {
  const deletion = await readers.delete(objects);
  for (const object of deletion.deleted) terminal.print(`deleted ${describeObject(object)} in the cluster`);
  terminal.warn(deletion.absent.map((object) => `${describeObject(object)} was already gone`));
  const left = leftLines(deletion);
  if (left.length === 0) return EXIT.good;
  for (const line of left) terminal.note(line);
  const reader = deletion.failed[0]?.object.metadata.name;
  throw new CommandFailedError(
    `Not everything could be deleted. Repeat it: mcce cluster remove ${name} --purge CONTEXT --force ${reader}`,
  );
}

function deletionLines({ objects }: Pick<Purge, 'objects'>): string[] {
  return objects.length === 0
    ? ['mcce made nothing in the cluster for this entry: credentials made by hand stay valid']
    : objects.map((object) => `deletes ${describeObject(object)} in the cluster`);
}

/** What stays valid in the cluster. */
function credentialLines(endpoint: ClusterEndpoint | undefined): string[] {
  if (endpoint?.bearerToken === undefined && endpoint?.tls.cert === undefined) return [];
  const [expiry] = expiriesOf(endpoint);
  const until = expiry ? ` until ${expiry.expires.toISOString()}` : '';
  return [`its credentials stay valid in the cluster${until}; --purge ends those that mcce made`];
}

function endpointOf(entry: string, { settings }: Hub): ClusterEndpoint | undefined {
  const verdict = checkEntry(Buffer.from(entry), settings);
  return 'accepted' in verdict ? verdict.accepted.endpoint : undefined;
}
