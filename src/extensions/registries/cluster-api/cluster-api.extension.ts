import { checkKubeconfig, defineSecretsRegistry, secretOrigin, type SecretsFormat } from '../../../index.ts';

const CLUSTER_LABEL = 'cluster.x-k8s.io/cluster-name';

/**
 * The kubeconfigs that Cluster API keeps: Secrets `<cluster>-kubeconfig` with the kubeconfig under `value` (Cluster API, "Kubeconfig
 * generation"). Rancher and Fleet keep theirs in the same form, but for the type. The Secrets of the same label with other names hold
 * authorities and keys; `<cluster>-user-kubeconfig` is for people, who log in by a program.
 */
export const CLUSTER_API: SecretsFormat = {
  name: 'cluster-api',
  labelSelector: () => CLUSTER_LABEL,
  entriesOf(item) {
    const cluster = item.object.labels.get(CLUSTER_LABEL) ?? '';
    if (!item.name.endsWith('-kubeconfig') || item.name === `${cluster}-user-kubeconfig`) return [];
    return [{ name: cluster, content: item.object.data.get('value') ?? '', origin: secretOrigin(item) }];
  },
  judge({ content }, policy) {
    if (content === '') return { refused: NO_VALUE };
    return checkKubeconfig(Buffer.from(content, 'base64'), policy);
  },
};

export default defineSecretsRegistry(CLUSTER_API);

const NO_VALUE = {
  reason: 'invalid_entry',
  message: 'The Secret has no key "value".',
  remedy: 'Wait until Cluster API, Rancher or Fleet has written the kubeconfig, or see why it has not.',
  empty: true,
} as const;
