import { isLoopback } from '../../../cluster-config/entries/endpoint-builder.ts';
import { CommandFailedError } from '../../command-failed.error.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { type Hub, withHub } from '../../hub.ts';
import type { Invocation } from '../../invocation.ts';
import { loadKubeConfig, withContext } from '../../operator-kubeconfig.ts';
import { RegistryEditor } from '../../registry/registry-editor.ts';
import { checkRoom } from '../../registry/registry-room.ts';
import { describeObject } from '../../requests.ts';
import { untilInterrupted } from '../../until-interrupted.ts';
import { ManifestFile, type ManifestOptions } from '../manifest-file.ts';
import { expiryNotes, withNewToken } from '../new-token.ts';
import { ownerOf } from '../owner.ts';
import { acceptEntry, proveToken } from '../prove.ts';
import { Readers, type TokenWish } from '../reader.ts';
import {
  type ClusterAddress,
  entryText,
  readAuthority,
  type RemoteCluster,
  withCluster,
} from '../remote-cluster.ts';

/** Options of `mcce cluster add`. */
export interface AddClusterOptions extends ManifestOptions, TokenWish {
  name?: string;
  server?: string;
  caFile?: string;
  tlsServerName?: string;
  dryRun?: boolean;
  yes?: boolean;
}

/** Lets the exporter read the source of a cluster, proves that it can, and only then writes the entry. */
export async function addCluster(
  invocation: Invocation<AddClusterOptions, [context: string]>,
): Promise<ExitCode> {
  const { args, options } = invocation;
  const [context] = args;
  const name = clusterName(options.name, context);
  // A slip of the finger needs no hub to be found.
  withContext(loadKubeConfig(options), context);
  return await untilInterrupted((interruption) =>
    withHub(invocation, (hub) =>
      withCluster(hub.kubeConfig, context, async (cluster) => {
        const addition = await prepare(invocation, hub, cluster, name);
        return await (options.dryRun ? preview(addition) : add(addition, interruption));
      }),
    ),
  );
}

/** What is to be done, checked as far as that is possible before anything is made. */
interface Addition {
  readonly invocation: Invocation<AddClusterOptions, [context: string]>;
  readonly hub: Hub;
  readonly registry: RegistryEditor;
  readonly cluster: RemoteCluster;
  readonly readers: Readers;
  readonly name: string;
  readonly address: ClusterAddress;
  readonly file: ManifestFile | undefined;
  readonly warnings: readonly string[];
}

async function prepare(
  invocation: Addition['invocation'],
  hub: Hub,
  cluster: RemoteCluster,
  name: string,
): Promise<Addition> {
  const { options } = invocation;
  const address = await addressFor(options, cluster);
  acceptEntry(entryText(address, 'token'), hub.settings);
  const registry = new RegistryEditor(hub);
  const file = ManifestFile.of(options, hub.refs.registry);
  if (file) await file.prepare(name, false);
  const there = file ? undefined : await registry.read();
  refuseKnown(name, there?.data.has(name) ?? false);
  if (!file && !there && hub.installed === false && !options.yes)
    throw new CommandFailedError(
      `No exporter is installed in the namespace ${hub.namespace}, so nobody would read a registry there.`,
      { remedy: 'Give the namespace of the exporter by -n; or create the registry anyway with --yes.' },
    );
  const warnings = [...cluster.warnings, ...checkRoom(there, name, entryText(address, ''))];
  const readers = new Readers(cluster.client, hub.refs.source, await ownerOf(hub, name));
  return { invocation, hub, registry, cluster, readers, name, address, file, warnings };
}

/** The address by which the hub reaches the cluster. */
async function addressFor(
  options: AddClusterOptions,
  { address, context }: RemoteCluster,
): Promise<ClusterAddress> {
  const { server, caFile, tlsServerName } = options;
  const { hostname } = URL.parse(address.host) ?? { hostname: '' };
  if (server === undefined && isLoopback(hostname))
    throw new CommandFailedError(
      `The context ${context} names a loopback address (${hostname}), which is another machine to the hub. Nothing was made.`,
      {
        remedy:
          'Give the address by which the hub reaches the cluster by --server, such as https://10.0.0.1:6443.',
      },
    );
  const caData = caFile === undefined ? address.caData : await readAuthority(caFile);
  return {
    ...address,
    ...(server !== undefined && { host: server }),
    ...(caData !== undefined && { caData }),
    ...(tlsServerName !== undefined && { tlsServerName }),
  };
}

async function preview({ invocation, hub, readers, cluster, name, file }: Addition): Promise<ExitCode> {
  const { terminal } = invocation;
  const { source, registry } = hub.refs;
  const reader = Readers.newName();
  await readers.rehearse(reader, invocation.options);
  for (const object of readers.objects(reader))
    terminal.print(`would create ${describeObject(object)} by the context ${cluster.context}`);
  terminal.print(`would make a token of it, and prove that it reads ${source.namespace}/${source.name}`);
  const where = `${registry.namespace}/${registry.name}`;
  terminal.print(
    file
      ? `would write the entry ${name} of ${where} into ${file.path}`
      : `would write the entry ${name} into ${where} on the hub`,
  );
  return EXIT.good;
}

async function add(addition: Addition, interruption: AbortSignal): Promise<ExitCode> {
  const { invocation, hub, registry, cluster, readers, name, address, file } = addition;
  const { terminal, options: wish } = invocation;
  const { source } = hub.refs;
  const job = { readers, wish, terminal, interruption };
  const { token, warnings } = await withNewToken(job, async (made) => {
    terminal.progress(`reading ${source.namespace}/${source.name} with the new token`);
    const ways = { address, ours: cluster.address };
    const found = await proveToken(made.token, ways, source, hub.settings, interruption);
    interruption.throwIfAborted();
    const entry = entryText(address, made.token);
    if (file) await file.write(name, entry);
    else
      await registry.edit(name, (current) => {
        refuseKnown(name, current !== undefined);
        return entry;
      });
    return { token: made, warnings: found };
  });
  const { namespace, name: secret } = hub.refs.registry;
  terminal.print(
    file
      ? `entry ${name} of ${namespace}/${secret} written to ${file.path}; it holds a token`
      : `cluster ${name} added to ${namespace}/${secret}`,
  );
  const expiry = expiryNotes(token, wish);
  terminal.note(expiry.note);
  terminal.warn([...addition.warnings, ...warnings, ...expiry.warnings]);
  return EXIT.good;
}

function refuseKnown(name: string, known: boolean): void {
  if (!known) return;
  throw new CommandFailedError(
    `The registry has a cluster ${name} already. Give it new credentials by \`mcce cluster rotate ${name}\`, or choose another name with --name.`,
  );
}

/** What Kubernetes takes as a key of a Secret (ConfigMaps and Secrets, "data keys"). */
function clusterName(given: string | undefined, context: string): string {
  const name = given ?? context;
  if (/^[-._a-zA-Z0-9]{1,253}$/.test(name) && name !== '.' && !name.startsWith('..')) return name;
  throw new CommandFailedError(
    `The name ${name} cannot be a key of a Secret; choose one of letters, digits, - _ and . with --name.`,
  );
}
