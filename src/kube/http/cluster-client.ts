import type { ApiServerTarget, TlsOptions } from './api-server-target.ts';
import { type CredentialsProvider, obtainedBy } from './credentials-provider.ts';
import { KubeClient } from './kube-client.ts';
import { SecureContexts } from './secure-contexts.ts';

/**
 * How to reach a cluster, as its entry says: fields that were checked one by one. Nothing else of the entry gets this far.
 */
export interface ClusterEndpoint {
  readonly server: URL;
  readonly tls: Readonly<TlsOptions>;
  readonly bearerToken?: string;
  readonly proxy?: URL;
  /** Obtains the credentials, in the place of `bearerToken`, `tls.cert` and `tls.key`. */
  readonly credentials?: CredentialsProvider;
}

/** What many clients use together. */
export type SharedParts = Partial<Pick<ApiServerTarget, 'secureContexts' | 'lookup'>>;

/**
 * A client of one cluster, with connections of its own. The caller that makes it closes it.
 *
 * @param connectTimeoutMs no more than a read may take
 * @param shared by the clients of a fleet
 */
export function createClusterClient(
  { server, tls, bearerToken, proxy, credentials: provider }: ClusterEndpoint,
  connectTimeoutMs: number,
  { secureContexts, lookup }: SharedParts = {},
): KubeClient {
  const headers = bearerToken === undefined ? {} : { Authorization: `Bearer ${bearerToken}` };
  const credentials = { tls, headers };
  return new KubeClient({
    server,
    // A cluster is read once at a time, and then watched.
    connections: 1,
    streamsTakeConnection: true,
    secureContexts: secureContexts ?? new SecureContexts(),
    ...(lookup && { lookup }),
    connectTimeoutMs,
    ...(proxy && { proxy }),
    credentials: provider ? obtainedBy(provider, tls) : () => credentials,
    ...(provider && { refused: () => provider.refused() }),
  });
}
