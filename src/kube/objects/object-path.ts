/**
 * Where all objects of a kind are (Kubernetes API concepts, "Resource URIs").
 *
 * @param apiVersion `v1`, or group and version
 * @param namespace undefined: of the whole cluster, or of a kind that has no namespaces
 */
export function collectionPath(apiVersion: string, plural: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? 'apis' : 'api';
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/${root}/${apiVersion}${within}/${plural}`;
}
