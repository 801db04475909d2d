import { checkKubeconfig, defineSecretsRegistry, secretOrigin, type SecretsFormat } from '../../../index.ts';

/**
 * The remote Secrets of a multi-cluster mesh, as `istioctl create-remote-secret` makes them: each data key is a cluster, its value a
 * kubeconfig (Istio, "Install Multicluster").
 */
export const ISTIO_REMOTE_SECRETS: SecretsFormat = {
  name: 'istio-remote-secrets',
  defaultNamespace: 'istio-system',
  labelSelector: () => 'istio/multiCluster=true',
  entriesOf(item) {
    const origin = secretOrigin(item);
    return [...item.object.data].map(([name, content]) => ({ name, content, origin }));
  },
  judge: ({ content }, policy) => checkKubeconfig(Buffer.from(content, 'base64'), policy),
};

export default defineSecretsRegistry(ISTIO_REMOTE_SECRETS);
