import type { KubeClient } from '../kube/http/kube-client.ts';
import { collectionPath } from '../kube/objects/object-path.ts';
import { KubeRequestError } from '../kube/failures/kube-request.error.ts';
import { attempt } from './attempt.ts';
import { REQUEST_TIMEOUT_MS } from './kube-objects.ts';
import { CommandFailedError } from './command-failed.error.ts';

/** What the chart puts on all its objects. */
export const CHART_LABEL = 'app.kubernetes.io/name=multi-cluster-config-exporter';

/**
 * The settings of the exporter that the chart installed in a namespace, by variable; none when there is no such exporter.
 *
 * @returns undefined when we may not look
 * @throws CommandFailedError when there are several, or the hub does not answer
 */
export async function installedSettings(
  kube: KubeClient,
  namespace: string,
): Promise<Record<string, string> | undefined> {
  const path = collectionPath('v1', 'configmaps', namespace);
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const request = kube.json({ method: 'GET', path, query: { labelSelector: CHART_LABEL }, signal });
  const list = (await attempt(
    'Looking for the exporter on the hub',
    request.catch(undefinedWhenForbidden),
  )) as { items?: { metadata: { name: string }; data?: Record<string, string> }[] } | undefined;
  if (!list) return undefined;
  const found = (list.items ?? []).filter(({ data = {} }) => Object.keys(data).some(isSetting));
  if (found.length > 1) {
    const names = found.map(({ metadata }) => metadata.name).join(', ');
    throw new CommandFailedError(
      `There are several exporters in the namespace ${namespace} (${names}); say which by MCCE_REGISTRY_SECRET and the like, and give a namespace that has none.`,
    );
  }
  return Object.fromEntries(Object.entries(found[0]?.data ?? {}).filter(([name]) => isSetting(name)));
}

function isSetting(name: string): boolean {
  return name.startsWith('MCCE_');
}

function undefinedWhenForbidden(error: unknown): undefined {
  if (error instanceof KubeRequestError && error.reason === 'forbidden') return;
  throw error;
}
