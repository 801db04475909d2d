import { readFile } from 'node:fs/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { ClusterEndpoint } from '../../kube/http/cluster-client.ts';
import { KubeClient } from '../../kube/http/kube-client.ts';
import { HubCredentials } from '../../kube/hub/hub-credentials.ts';
import { HubNotConfiguredError } from '../../kube/hub/hub-not-configured.error.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { withContext } from '../operator-kubeconfig.ts';

/** A cluster as the operator reaches it, by a context of the kubeconfig. */
export interface RemoteCluster {
  readonly context: string;
  readonly client: KubeClient;
  /** How others may reach it. */
  readonly address: ClusterAddress;
  /** What the operator's own way has that an entry cannot name, for the operator. */
  readonly warnings: readonly string[];
}

/** What an entry says of a cluster, apart from its credentials. Names as in the form of Primus-Lens. */
export interface ClusterAddress {
  readonly host: string;
  /** Base64 of PEM. */
  readonly caData?: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTLSVerify?: boolean;
}

/** An entry in the form of Primus-Lens, which every exporter reads. */
export function entryText(address: ClusterAddress, bearerToken: string): string {
  return JSON.stringify({ ...address, bearerToken });
}

/** The address in an entry. */
export function addressIn({ server, tls }: ClusterEndpoint): ClusterAddress {
  return {
    host: server.href.replace(/\/$/, ''),
    ...(tls.ca !== undefined && { caData: Buffer.from(String(tls.ca)).toString('base64') }),
    ...(tls.servername !== undefined && { tlsServerName: tls.servername }),
    ...(tls.rejectUnauthorized === false && { insecureSkipTLSVerify: true }),
  };
}

/** Whether two addresses are of one API server: the same server, verified by the same authority. */
export function isSameServer(one: ClusterAddress, other: ClusterAddress): boolean {
  const isVerified = !one.insecureSkipTLSVerify && !other.insecureSkipTLSVerify;
  return isVerified && urlOf(one) === urlOf(other) && authorityOf(one) === authorityOf(other);
}

function urlOf({ host }: ClusterAddress): string {
  return URL.parse(host)?.href ?? host;
}

function authorityOf({ caData = '' }: ClusterAddress): string {
  return Buffer.from(caData, 'base64').toString('utf8').replaceAll(/\s/g, '');
}

/**
 * Opens a cluster for a task, and closes its connections after it.
 *
 * @throws CommandFailedError when the kubeconfig has no such context, or one that cannot be used
 */
export async function withCluster<Result>(
  kubeConfig: KubeConfig,
  context: string,
  task: (cluster: RemoteCluster) => Promise<Result>,
): Promise<Result> {
  const config = withContext(kubeConfig, context);
  const client = new KubeClient(credentialsOf(config, context));
  try {
    return await task({ context, client, address: await addressOf(config), warnings: warningsOf(config) });
  } finally {
    await client.close();
  }
}

/**
 * The context by which the operator reaches the cluster of an entry: that of its name, or else the only one that names its server.
 *
 * @throws CommandFailedError when there is none
 */
export async function contextOf(
  kubeConfig: KubeConfig,
  name: string,
  endpoint: ClusterEndpoint | undefined,
): Promise<string> {
  const names = kubeConfig.getContexts().map((context) => context.name);
  if (names.includes(name)) return name;
  const address = endpoint && addressIn(endpoint);
  const fitting: string[] = [];
  for (const context of address ? names : []) {
    const other = await addressOf(withContext(kubeConfig, context)).catch(() => undefined);
    if (other && address && isSameServer(address, other)) fitting.push(context);
  }
  const [context] = fitting;
  if (context !== undefined && fitting.length === 1) return context;
  throw new CommandFailedError(
    `The kubeconfig has no context ${name}, and ${fitting.length === 0 ? 'none' : 'several'} with the server of the entry${fitting.length === 0 ? '' : ` (${fitting.join(', ')})`}; name the context.`,
  );
}

function credentialsOf(config: KubeConfig, context: string): HubCredentials {
  try {
    return new HubCredentials(config);
  } catch (cause) {
    if (!(cause instanceof HubNotConfiguredError)) throw cause;
    throw new CommandFailedError(
      `The context ${context} names no https:// server that can be used; correct it.`,
      { cause },
    );
  }
}

async function addressOf(config: KubeConfig): Promise<ClusterAddress> {
  const { server = '', caData, caFile, tlsServerName, skipTLSVerify } = config.getCurrentCluster() ?? {};
  const ca = caData ?? (caFile ? await readAuthority(caFile) : undefined);
  return {
    host: server,
    ...(ca && { caData: ca }),
    ...(tlsServerName && { tlsServerName }),
    ...(skipTLSVerify && { insecureSkipTLSVerify: true }),
  };
}

/** @returns base64 of what the file holds @throws CommandFailedError */
export async function readAuthority(file: string): Promise<string> {
  try {
    return (await readFile(file)).toString('base64');
  } catch (cause) {
    throw new CommandFailedError(
      `The certificate authority in the file ${file} cannot be read; correct its name.`,
      { cause },
    );
  }
}

function warningsOf(config: KubeConfig): string[] {
  return config.getCurrentCluster()?.proxyUrl
    ? ['You reach the cluster by a proxy, which the entry does not name: the hub has to reach it without.']
    : [];
}
