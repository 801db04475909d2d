import type { KubeClient } from '../../kube/http/kube-client.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { formatNeeds, lackOf } from './access-review.ts';
import { failed, type Finding, good, warning } from './finding.ts';
import { clusterCommand } from './grant-commands.ts';
import type { ExporterSetup } from './exporter-setup.ts';

/** Whether the credentials of an entry may read the source, and watch it where the settings want that. */
export async function clusterPermission(
  client: KubeClient,
  hub: ExporterSetup,
  signal: AbortSignal,
): Promise<Finding> {
  const verbs = hub.settings.watchSources ? ['get', 'list', 'watch'] : ['get'];
  try {
    const lack = await lackOf(
      client,
      [{ verbs, group: '', resource: 'secrets', ref: hub.refs.source }],
      signal,
    );
    if (lack.length === 0) return good();
    const message = `The credentials may not ${formatNeeds(lack)}`;
    const remedy = `Grant it in the cluster:\n${clusterCommand(hub)}`;
    return lack.some(({ verbs: lacking }) => lacking.includes('get'))
      ? failed(`${message}.`, remedy)
      : warning(`${message}: it is polled every MCCE_SYNC_INTERVAL.`, remedy);
  } catch (error) {
    if (!(error instanceof KubeRequestError && error.reason === 'forbidden')) throw error;
    return warning('The API server does not say what is allowed; the next step tries it.');
  }
}
