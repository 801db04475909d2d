import type { ClusterEndpoint } from '../kube/http/cluster-client.ts';

/**
 * The same text for two endpoints that lead to one API server: address, proxy and the name that a gateway may route by. One API server that has several
 * addresses is not recognised.
 */
export function identityOf({
  server,
  tls,
  proxy,
}: Pick<ClusterEndpoint, 'server' | 'tls' | 'proxy'>): string {
  return [server.href.replace(/\/+$/, ''), proxy?.origin, tls.servername].join(' ');
}
