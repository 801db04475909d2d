/**
 * Where all objects of a kind are, in a namespace (Kubernetes API concepts, "Resource URIs").
 *
 * @param apiVersion `v1`, or group and version
 */
export function collectionPath(apiVersion: string, plural: string, namespace: string): string {
  const root = apiVersion.includes('/') ? 'apis' : 'api';
  return `/${root}/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}
