import type { CollectionItem } from '../../src/kube/objects/collection-client.ts';
import { SECRET, type SecretSnapshot } from '../../src/kube/objects/secret-snapshot.ts';
import type { KubeObject } from './api-client.ts';
import { type EntryAccess, kubeconfigEntry } from './entries.ts';

/** What differs from object to object. */
export interface SecretParts {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  type?: string;
  /** Plain text by key. */
  data: Record<string, string>;
}

/** A Secret as it is created. */
export function aSecret({ name, namespace = 'default', type = 'Opaque', data, ...metadata }: SecretParts) {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, ...metadata },
    type,
    data: Object.fromEntries(encoded) as Record<string, string>,
  } satisfies KubeObject;
}

/** The same as a registry sees it. */
export function seen(secret: ReturnType<typeof aSecret>): CollectionItem<SecretSnapshot> {
  const { name, namespace } = secret.metadata;
  const object = SECRET.parse({ ...secret, metadata: { ...secret.metadata, resourceVersion: '1' } });
  return { namespace, name, object };
}

/** A Secret of more entries of the registry. */
export function aLabelledSecret(name: string, entries: Record<string, string>, namespace?: string) {
  return aSecret({
    name,
    ...(namespace && { namespace }),
    labels: { 'multi-cluster-config-exporter/registry': 'multi-k8s-config' },
    data: entries,
  });
}

/** A cluster as `argocd cluster add` writes it. @param config fields beside or instead of a token */
export function anArgocdCluster(
  name: string,
  { server, ca, token }: EntryAccess,
  config: Record<string, unknown> = {},
  parts: Partial<SecretParts> = {},
) {
  const tlsClientConfig = { insecure: false, caData: Buffer.from(ca).toString('base64') };
  return aSecret({
    name: `cluster-${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')}`,
    namespace: 'argocd',
    labels: { 'argocd.argoproj.io/secret-type': 'cluster' },
    data: { name, server, config: JSON.stringify({ bearerToken: token, tlsClientConfig, ...config }) },
    ...parts,
  });
}

/** The kubeconfig of a cluster as Cluster API keeps it. */
export function aClusterApiKubeconfig(
  cluster: string,
  access: EntryAccess,
  parts: Partial<SecretParts> = {},
) {
  return aSecret({
    name: `${cluster}-kubeconfig`,
    labels: { 'cluster.x-k8s.io/cluster-name': cluster },
    type: 'cluster.x-k8s.io/secret',
    data: { value: kubeconfigEntry(access) },
    ...parts,
  });
}

/** A remote Secret as `istioctl create-remote-secret` makes it. */
export function anIstioRemoteSecret(cluster: string, kubeconfig: string, parts: Partial<SecretParts> = {}) {
  return aSecret({
    name: `istio-remote-secret-${cluster}`,
    namespace: 'istio-system',
    labels: { 'istio/multiCluster': 'true' },
    data: { [cluster]: kubeconfig },
    ...parts,
  });
}
