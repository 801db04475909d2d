import { explain } from '../../base/errors/explanation.ts';
import { checkEntry } from '../../cluster-config/entries/entry-checker.ts';
import type { EntryPolicy } from '../../cluster-config/entries/entry.ts';
import type { ClusterEndpoint } from '../../kube/http/cluster-client.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { RegistryEditor } from '../registry/registry-editor.ts';
import { entryText } from './entry-text.ts';
import { proveToken } from './prove.ts';
import { boundSecretOf, Reader } from './reader.ts';
import { type ClusterAddress, withCluster } from './remote-cluster.ts';
import { noteExpiry } from './token-expiry.ts';
import { withNewToken } from './with-new-token.ts';

/** Options of `mcce cluster rotate`. */
export interface RotateClusterOptions {
  /** Milliseconds. */
  duration: number;
}

/** Gives an entry a new token, proven before it takes the place of the old one, which ends afterwards. */
export async function rotateCluster(
  invocation: Invocation<RotateClusterOptions, [name: string, context: string | undefined]>,
): Promise<ExitCode> {
  const {
    terminal,
    options,
    args: [name, context = name],
  } = invocation;
  return await withHub(invocation, async (hub) => {
    const registry = new RegistryEditor(hub);
    const before = entryOf(name, (await registry.read())?.data);
    const endpoint = acceptedEndpoint(name, before, hub.settings);
    return await withCluster(hub.kubeConfig, context, async ({ client, address: ours }) => {
      const { source } = hub.refs;
      const reader = new Reader(client, source);
      terminal.progress(`applying the ServiceAccount and its Role in ${source.namespace}`);
      await reader.apply();
      terminal.progress('making a token');
      const { token, warnings } = await withNewToken(reader, options.duration, terminal, async (made) => {
        const address = addressOf(endpoint);
        terminal.progress(`reading ${source.namespace}/${source.name} with it`);
        const found = await proveToken(made.token, { address, ours }, source, hub.settings);
        const entry = entryText(address, made.token);
        await registry.edit(name, (current) => {
          if (current === before) return entry;
          throw new CommandFailedError(
            `Somebody else changed the entry ${name} in between; look at it and try again.`,
          );
        });
        return { token: made, warnings: found };
      });
      terminal.print(`cluster ${name} has a new token`);
      noteExpiry(terminal, token.expires, options.duration);
      const left = await endOldCredentials(reader, endpoint);
      for (const sentence of [...left, ...warnings]) terminal.note(`warning: ${sentence}`);
      return left.length + warnings.length > 0 ? EXIT.degraded : EXIT.good;
    });
  });
}

/** @returns what stays valid, for the operator */
async function endOldCredentials(reader: Reader, { bearerToken, tls }: ClusterEndpoint): Promise<string[]> {
  const left =
    tls.cert === undefined ? [] : ['The client certificate of the old entry stays valid until its end.'];
  if (bearerToken === undefined) return left;
  const secret = boundSecretOf(bearerToken);
  if (!secret) return [...left, 'The old token was not made by mcce and stays valid until its end.'];
  try {
    await reader.remove([secret]);
    return left;
  } catch {
    const { namespace, name } = secret.metadata;
    return [
      ...left,
      `The old token could not be ended and stays valid: delete the Secret ${namespace}/${name} in the cluster.`,
    ];
  }
}

function entryOf(name: string, data: ReadonlyMap<string, string> = new Map()): string {
  const encoded = data.get(name);
  if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
  throw new CommandFailedError(
    `The registry has no cluster ${name}. \`mcce cluster list\` shows those that it has, \`mcce cluster add\` adds one.`,
  );
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

/** The address stays as it is: the hub may reach the cluster by another one than the operator does. */
function addressOf({ server, tls }: ClusterEndpoint): ClusterAddress {
  return {
    host: server.href.replace(/\/$/, ''),
    ...(tls.ca !== undefined && { caData: Buffer.from(String(tls.ca)).toString('base64') }),
    ...(tls.servername !== undefined && { tlsServerName: tls.servername }),
    ...(tls.rejectUnauthorized === false && { insecureSkipTLSVerify: true }),
  };
}
