import type { ClusterEndpoint } from '../../kube/http/cluster-client.ts';
import { tokenClaims } from '../../kube/objects/token-claims.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { attempt, getObject } from '../requests.ts';
import { addressIn, isSameServer, type RemoteCluster } from './remote-cluster.ts';

/**
 * Proves that a cluster is the one of an entry: it has the server and the authority that the entry names, or it holds what the entry's
 * token names, the same by UID.
 *
 * @throws CommandFailedError when it is not proven
 */
export async function proveOwnCluster(
  name: string,
  endpoint: ClusterEndpoint,
  cluster: RemoteCluster,
): Promise<void> {
  if (isSameServer(addressIn(endpoint), cluster.address) || (await holdsToken(endpoint, cluster))) return;
  throw new CommandFailedError(
    `The context ${cluster.context} is not proven to be the cluster of the entry ${name}: it has another server or certificate authority, and what the entry's token names is not there. Nothing was changed.`,
    {
      remedy: `Name the context of ${name}; or remove the entry without --purge, and add the cluster again.`,
    },
  );
}

async function holdsToken({ bearerToken }: ClusterEndpoint, { client }: RemoteCluster): Promise<boolean> {
  const { namespace, secret, serviceAccount } = tokenClaims(bearerToken);
  for (const [kind, named] of [
    ['Secret', secret],
    ['ServiceAccount', serviceAccount],
  ] as const) {
    if (namespace === undefined || named?.uid === undefined) continue;
    const ref = { namespace, name: named.name };
    const found = await attempt(
      `Looking for the ${kind} ${namespace}/${named.name} in the cluster`,
      getObject(client, { apiVersion: 'v1', kind }, ref),
      `get on secrets and serviceaccounts in the namespace ${namespace} of the cluster, or a context with the server of the entry`,
    );
    if (found?.metadata.uid === named.uid) return true;
  }
  return false;
}
