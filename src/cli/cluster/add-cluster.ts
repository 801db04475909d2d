import { access, writeFile } from 'node:fs/promises';
import { dump } from 'js-yaml';
import { CommandFailedError } from '../command-failed.error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Hub, withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { loadKubeConfig, withContext } from '../operator-kubeconfig.ts';
import { RegistryEditor } from '../registry/registry-editor.ts';
import type { Terminal } from '../terminal.ts';
import { entryText } from './entry-text.ts';
import { proveToken } from './prove.ts';
import { Reader, type ReaderToken } from './reader.ts';
import { type RemoteCluster, withCluster } from './remote-cluster.ts';
import { noteExpiry } from './token-expiry.ts';
import { withNewToken } from './with-new-token.ts';

/** Options of `mcce cluster add`. */
export interface AddClusterOptions {
  name?: string;
  server?: string;
  /** Milliseconds. */
  duration: number;
  dryRun?: boolean;
  /** A file for the manifest, in place of the registry. */
  export?: string;
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
  return await withHub(invocation, async (hub) => {
    const registry = new RegistryEditor(hub);
    if (options.export === undefined) refuseKnown(name, (await registry.read())?.data.has(name) ?? false);
    return await withCluster(hub.kubeConfig, context, async (cluster) => {
      const job = { ...invocation, hub, registry, cluster, name };
      return options.dryRun ? await preview(job) : await add(job);
    });
  });
}

interface Job {
  terminal: Terminal;
  options: Readonly<AddClusterOptions>;
  hub: Hub;
  registry: RegistryEditor;
  cluster: RemoteCluster;
  name: string;
}

async function preview({ terminal, options, hub: { refs }, cluster, name }: Job): Promise<ExitCode> {
  const reader = new Reader(cluster.client, refs.source);
  await reader.apply({ dryRun: true });
  for (const { kind, metadata } of reader.objects)
    terminal.print(
      `would apply ${kind} ${metadata.namespace}/${metadata.name} by the context ${cluster.context}`,
    );
  terminal.print(
    `would make a token of it, and prove that it reads ${refs.source.namespace}/${refs.source.name}`,
  );
  const { registry } = refs;
  terminal.print(
    options.export === undefined
      ? `would write the entry ${name} into ${registry.namespace}/${registry.name} on the hub`
      : `would write a manifest of the registry with the entry ${name} into ${options.export}`,
  );
  return EXIT.good;
}

async function add(job: Job): Promise<ExitCode> {
  const { terminal, options, hub, registry, cluster, name } = job;
  const { source } = hub.refs;
  const reader = new Reader(cluster.client, source);
  if (options.export !== undefined) await refuseToOverwrite(options.export);
  terminal.progress(`applying the ServiceAccount and its Role in ${source.namespace}`);
  await reader.apply();
  terminal.progress('making a token');
  const ours = cluster.address;
  const address = { ...ours, ...(options.server !== undefined && { host: options.server }) };
  const done = await withNewToken(reader, options.duration, terminal, async (token) => {
    terminal.progress(`reading ${source.namespace}/${source.name} with it`);
    const warnings = await proveToken(token.token, { address, ours }, source, hub.settings);
    const entry = entryText(address, token.token);
    if (options.export === undefined)
      await registry.edit(name, (current) => {
        refuseKnown(name, current !== undefined);
        return entry;
      });
    else await exportEntry(options.export, name, entry, hub);
    return { token, warnings };
  });
  return report(job, done.token, [...cluster.warnings, ...done.warnings]);
}

function report(
  { terminal, options, hub, name }: Job,
  token: ReaderToken,
  warnings: readonly string[],
): ExitCode {
  const { namespace, name: registry } = hub.refs.registry;
  terminal.print(
    options.export === undefined
      ? `cluster ${name} added to ${namespace}/${registry}`
      : `manifest of ${namespace}/${registry} with the entry ${name} written to ${options.export}; it holds a token`,
  );
  noteExpiry(terminal, token.expires, options.duration);
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
  return warnings.length > 0 ? EXIT.degraded : EXIT.good;
}

/** For those who keep the registry elsewhere, sealed. Only its owner may read the file. */
async function exportEntry(file: string, name: string, entry: string, { refs }: Hub): Promise<void> {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: refs.registry,
    type: 'Opaque',
    stringData: { [name]: entry },
  };
  try {
    await writeFile(file, dump(manifest), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new CommandFailedError(`The file ${file} cannot be written; name another.`, {
      cause,
    });
  }
}

async function refuseToOverwrite(file: string): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (there) throw new CommandFailedError(`The file ${file} is there already; name another.`);
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
