import { checkEntry } from '../../cluster-config/entry-checker.ts';
import type { EntryPolicy } from '../../cluster-config/entry.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { RegistryEditor } from '../registry/registry-editor.ts';
import { entryText } from './entry-text.ts';
import { proveEntry } from './prove.ts';
import { Reader } from './reader.ts';
import { type ClusterAddress, withCluster } from './remote-cluster.ts';
import { noteExpiry } from './token-expiry.ts';

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
    const { address: known, token: oldToken } = readEntry(before, hub.settings);
    return await withCluster(hub.kubeConfig, context, async ({ client, address }) => {
      const { source } = hub.refs;
      const reader = new Reader(client, source);
      terminal.progress(`applying the ServiceAccount and its Role in ${source.namespace}`);
      await reader.apply();
      terminal.progress('making a token');
      const token = await reader.createToken(options.duration);
      let warnings: string[];
      try {
        const entry = entryText(known ?? address, token.token);
        terminal.progress(`reading ${source.namespace}/${source.name} with it`);
        warnings = await proveEntry(entry, source, hub.settings);
        await registry.edit(name, (current) => {
          if (current !== before)
            throw new CommandFailedError(
              `Somebody else changed the entry ${name} in between; look at it and try again.`,
            );
          return entry;
        });
      } catch (error) {
        await reader.endToken(token.boundTo).catch(() => undefined);
        throw error;
      }
      terminal.print(`cluster ${name} has a new token`);
      noteExpiry(terminal, token.expires, options.duration);
      const oldSecret = reader.boundSecretOf(oldToken);
      if (oldSecret) await reader.endToken(oldSecret);
      else if (oldToken !== undefined)
        terminal.note('the old token was not made by mcce and stays valid until its end');
      for (const warning of warnings) terminal.note(`warning: ${warning}`);
      return warnings.length > 0 ? EXIT.degraded : EXIT.good;
    });
  });
}

function entryOf(name: string, data: ReadonlyMap<string, string> = new Map()): string {
  const encoded = data.get(name);
  if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
  throw new CommandFailedError(
    `The registry has no cluster ${name}. \`mcce cluster list\` shows those that it has, \`mcce cluster add\` adds one.`,
  );
}

/** The address stays as it is: the hub may reach the cluster by another one than the operator does. */
function readEntry(
  entry: string,
  policy: EntryPolicy,
): { address?: ClusterAddress; token?: string | undefined } {
  const verdict = checkEntry(Buffer.from(entry), policy);
  if ('refused' in verdict) return {};
  const { server, tls, bearerToken, proxy } = verdict.accepted.endpoint;
  if (proxy)
    throw new CommandFailedError(
      'The entry names a proxy, which mcce would lose; write its new token by hand.',
    );
  return {
    token: bearerToken,
    address: {
      host: server.href.replace(/\/$/, ''),
      ...(tls.ca !== undefined && { caData: Buffer.from(String(tls.ca)).toString('base64') }),
      ...(tls.servername !== undefined && { tlsServerName: tls.servername }),
      ...(tls.rejectUnauthorized === false && { insecureSkipTLSVerify: true }),
    },
  };
}
