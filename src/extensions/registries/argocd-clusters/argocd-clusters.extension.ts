import { defineSecretsRegistry, secretOrigin, type SecretsFormat, verdictOf } from '../../../index.ts';
import { type ArgocdCluster, readArgocdCluster } from './argocd-format.ts';

/** Argo CD leaves such a cluster alone, and so do we. */
const SKIP_ANNOTATION = 'argocd.argoproj.io/skip-reconcile';

/** The clusters of Argo CD: a Secret each (Argo CD, "Declarative Setup", Clusters). */
export const ARGOCD_CLUSTERS: SecretsFormat = {
  name: 'argocd-clusters',
  defaultNamespace: 'argocd',
  labelSelector: () => 'argocd.argoproj.io/secret-type=cluster',
  entriesOf(item) {
    const { annotations, data } = item.object;
    if (annotations.get(SKIP_ANNOTATION) === 'true') return [];
    const [name, server, config] = ['name', 'server', 'config'].map((key) => decoded(data.get(key)));
    const cluster: ArgocdCluster = { server: server ?? '', config: config ?? '' };
    // Argo CD names a cluster by its server where it has no name.
    return [{ name: name || cluster.server, content: JSON.stringify(cluster), origin: secretOrigin(item) }];
  },
  judge: ({ content }, policy) =>
    verdictOf(() => readArgocdCluster(JSON.parse(content) as ArgocdCluster, policy)),
};

export default defineSecretsRegistry(ARGOCD_CLUSTERS);

function decoded(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
