import type { KubeClient } from '../../kube/http/kube-client.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { formatNeeds, lackOf, type Need } from './access-review.ts';
import { failed, type Finding, good, warning } from './finding.ts';
import { hubCommand } from './grant-commands.ts';
import type { Asker } from './exporter-identity.ts';
import type { ExporterSetup } from './exporter-setup.ts';

/** As whom we ask, where that need not be the exporter. */
const AS: Readonly<Record<Exclude<Asker, 'exporter'>, string>> = {
  operator: 'as the user of this kubeconfig; the exporter itself is checked by running this in its pod',
  pod: "as the ServiceAccount of this pod; if that is not the exporter's, run this in the pod of the exporter",
};

/**
 * Whether the credentials may do on the hub what the exporter does there. Where they are those of somebody else, what they lack is no
 * failure of the exporter's; but without the registry there is nothing to check.
 */
export async function hubPermission(
  client: KubeClient,
  hub: ExporterSetup,
  { asker, signal }: { asker: Asker; signal: AbortSignal },
): Promise<Finding> {
  try {
    const needs = hubNeeds(hub);
    const lack = await lackOf(client, needs, signal);
    if (lack.length === 0) return good(asker === 'exporter' ? undefined : AS[asker]);
    const lacking = formatNeeds(lack);
    if (asker === 'exporter')
      return failed(`The exporter may not ${lacking}.`, `Grant it on the hub:\n${hubCommand(hub)}`);
    const { name: registry } = hub.refs.registry;
    if (lack.some(({ ref, verbs }) => ref.name === registry && verbs.includes('list')))
      return failed(
        `May not ${lacking}, ${AS[asker]}.`,
        'Use a kubeconfig that may list the registry, or run this in the pod of the exporter.',
      );
    return warning(`May not ${lacking}, ${AS[asker]}.`);
  } catch (error) {
    if (!(error instanceof KubeRequestError && error.reason === 'forbidden')) throw error;
    return warning('The API server does not say what is allowed; what follows tries it.');
  }
}

/** What docs/manifests/hub-rbac.yaml grants, without what the settings make needless. */
export function hubNeeds({ settings, refs: { registry, aggregate, lease } }: ExporterSetup): Need[] {
  const writing = ['list', 'watch', 'create', 'patch'];
  return [
    { verbs: ['list', 'watch'], group: '', resource: 'secrets', ref: registry },
    { verbs: writing, group: '', resource: 'secrets', ref: aggregate },
    ...(settings.leaderElection
      ? [{ verbs: writing, group: 'coordination.k8s.io', resource: 'leases', ref: lease }]
      : []),
    ...(settings.events
      ? [
          {
            verbs: ['create'],
            group: 'events.k8s.io',
            resource: 'events',
            ref: { namespace: registry.namespace },
          },
        ]
      : []),
  ];
}
