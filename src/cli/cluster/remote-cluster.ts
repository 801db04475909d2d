import { readFile } from 'node:fs/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { HubCredentials } from '../../kube/hub/hub-credentials.ts';
import { HubNotConfiguredError } from '../../kube/hub/hub-not-configured.error.ts';
import { KubeClient } from '../../kube/http/kube-client.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { withContext } from '../operator-kubeconfig.ts';

/** A cluster as the operator reaches it, by a context of the kubeconfig. */
export interface RemoteCluster {
  readonly context: string;
  readonly client: KubeClient;
  /** How others may reach it: fields of an entry in the form of Primus-Lens. */
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

function credentialsOf(config: KubeConfig, context: string): HubCredentials {
  try {
    return new HubCredentials(config);
  } catch (cause) {
    if (!(cause instanceof HubNotConfiguredError)) throw cause;
    throw new CommandFailedError(
      `The context ${context} names no https:// server that can be used; correct it.`,
      {
        cause,
      },
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

async function readAuthority(file: string): Promise<string> {
  try {
    return (await readFile(file)).toString('base64');
  } catch (cause) {
    throw new CommandFailedError(
      `The file ${file}, which the kubeconfig names as certificate-authority, cannot be read; correct the kubeconfig.`,
      { cause },
    );
  }
}

function warningsOf(config: KubeConfig): string[] {
  return config.getCurrentCluster()?.proxyUrl
    ? ['You reach the cluster by a proxy, which the entry does not name: the hub has to reach it without.']
    : [];
}
