import type { KubeClient } from '../../kube/http/kube-client.ts';
import { objectField } from '../../kube/objects/object-kind.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import type { Hub } from '../hub.ts';
import { EXPORTER_LABEL } from '../installed-exporter.ts';
import { CLUSTER_PERMISSIONS, HUB_PERMISSIONS, type Permission } from '../manifests/permissions.ts';
import { listObjects, unless } from '../requests.ts';
import type { Pod } from '../status/exporter-pod.ts';
import { failed, type Finding, good, warning } from './finding.ts';

/** What of a hub the permissions depend on. */
export type ExporterSetup = Pick<Hub, 'settings' | 'refs'>;

/** What somebody needs to be allowed. */
export interface Need {
  readonly verbs: readonly string[];
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  /** Without a name: all of the namespace. */
  readonly ref: Pick<ObjectRef, 'namespace'> & Partial<ObjectRef>;
}

/**
 * Asks whether the credentials of a client are accepted, whatever they allow: everybody who is known may ask for its own
 * permissions, unless that was taken away, which only somebody known is told.
 *
 * @throws KubeRequestError
 */
export async function authenticate(kube: KubeClient, namespace: string, signal: AbortSignal): Promise<void> {
  await unless(
    'forbidden',
    lackOf(kube, [{ verbs: ['list'], group: '', resource: 'secrets', ref: { namespace } }], signal),
  );
}

/** Whether the credentials of an entry may read the source, and watch it where the settings want that. */
export async function clusterPermission(
  client: KubeClient,
  hub: ExporterSetup,
  signal: AbortSignal,
): Promise<Finding> {
  const needs = needsOf(CLUSTER_PERMISSIONS, hub).map((need) => ({
    ...need,
    verbs: hub.settings.watchSources ? need.verbs : ['get'],
  }));
  const lack = await unless('forbidden', lackOf(client, needs, signal));
  if (!lack) return warning('The API server does not say what is allowed; the next step tries it.');
  if (lack.length === 0) return good();
  const message = `The credentials may not ${formatNeeds(lack)}`;
  const remedy = `Grant it in the cluster:\n${clusterCommand(hub)}`;
  return lack.some(({ verbs }) => verbs.includes('get'))
    ? failed(`${message}.`, remedy)
    : warning(`${message}: it is polled every MCCE_SYNC_INTERVAL.`, remedy);
}

/**
 * Whether the exporter may do on the hub what it does there. That is asked for its own ServiceAccount, which its pods name, where we may ask for
 * others; in a pod for that of the pod; and elsewhere for anyone who asks, whose lack is no failure of the exporter's. But without the
 * registry there is nothing to check.
 */
export async function hubPermission(hub: Hub, signal: AbortSignal): Promise<Finding> {
  const needs = hubNeeds(hub);
  const account = await exporterAccount(hub, signal);
  const ofAccount = account && (await unless('forbidden', lackOf(hub.client, needs, signal, account)));
  const remedy = `Grant it on the hub:\n${hubCommand(hub)}`;
  if (account && ofAccount) {
    const who = `the ServiceAccount ${account.namespace}/${account.name}`;
    return ofAccount.length === 0
      ? good(`of ${who}`)
      : failed(`The exporter (${who}) may not ${formatNeeds(ofAccount)}.`, remedy);
  }
  const lack = await unless('forbidden', lackOf(hub.client, needs, signal));
  if (!lack) return warning('The API server does not say what is allowed; what follows tries it.');
  const inPod = hub.kubeConfig.getCurrentUser()?.name === POD_USER;
  const who = inPod ? 'the ServiceAccount of this pod' : 'the user of this kubeconfig';
  if (lack.length === 0) return good(`of ${who}`);
  const message = `May not ${formatNeeds(lack)}, as ${who}.`;
  if (inPod) return failed(message, remedy);
  const { name: registry } = hub.refs.registry;
  return lack.some(({ ref, verbs }) => ref.name === registry && verbs.includes('list'))
    ? failed(message, 'Use a kubeconfig that may list the registry, or run this in the pod of the exporter.')
    : warning(message, 'The exporter itself is checked with create on subjectaccessreviews, or in its pod.');
}

/** What the library calls the user of the pod's own ServiceAccount. */
const POD_USER = 'inClusterUser';

/** @returns undefined when nobody tells, or there is no pod */
async function exporterAccount(
  { client, namespace }: Hub,
  signal: AbortSignal,
): Promise<ObjectRef | undefined> {
  const kind = { apiVersion: 'v1', kind: 'Pod' };
  const pods = await listObjects<Pod>(client, kind, namespace, EXPORTER_LABEL, signal).catch(() => []);
  const name = pods[0]?.spec?.serviceAccountName;
  return name === undefined ? undefined : { namespace, name };
}

/** What the exporter needs on the hub. */
export function hubNeeds(hub: ExporterSetup): Need[] {
  return needsOf(HUB_PERMISSIONS, hub);
}

function needsOf(permissions: readonly Permission[], { settings, refs }: ExporterSetup): Need[] {
  const refsOf = (object: Permission['object']) => {
    if (object === undefined) return [{ namespace: refs.registry.namespace }];
    return object === 'aggregate' ? refs.aggregateParts : [refs[object]];
  };
  return permissions
    .filter(({ isUsed }) => isUsed?.(settings) ?? true)
    .flatMap(({ verbs, group, resource, object }) =>
      refsOf(object).map((ref) => ({ verbs, group, resource, ref })),
    );
}

/**
 * What of the needs is not allowed, as the API server says (authorization.k8s.io/v1).
 *
 * @param account whose permissions (SubjectAccessReview); by default those of the client (SelfSubjectAccessReview)
 * @returns only those that lack a verb, with the verbs that they lack
 * @throws KubeRequestError `forbidden` when it lets us not even ask
 */
export async function lackOf(
  kube: KubeClient,
  needs: readonly Need[],
  signal: AbortSignal,
  account?: ObjectRef,
): Promise<Need[]> {
  const lacking = needs.map(async ({ verbs, ...need }): Promise<Need> => {
    const answers = await Promise.all(
      verbs.map((verb) => isAllowed(kube, { verb, ...need }, signal, account)),
    );
    return { ...need, verbs: verbs.filter((_verb, index) => !answers[index]) };
  });
  return (await Promise.all(lacking)).filter(({ verbs }) => verbs.length > 0);
}

async function isAllowed(
  kube: KubeClient,
  { ref, ...attributes }: Omit<Need, 'verbs'> & { verb: string },
  signal: AbortSignal,
  account: ObjectRef | undefined,
): Promise<boolean> {
  const kind = account ? 'SubjectAccessReview' : 'SelfSubjectAccessReview';
  const answer = await kube.json({
    method: 'POST',
    path: `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`,
    contentType: 'application/json',
    body: JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind,
      spec: { ...(account && subjectOf(account)), resourceAttributes: { ...attributes, ...ref } },
    }),
    signal,
  });
  return objectField(objectField(answer).status).allowed === true;
}

/** As whom the API server knows a ServiceAccount (Kubernetes, "Authenticating"). */
function subjectOf({ namespace, name }: ObjectRef): { user: string; groups: string[] } {
  const all = 'system:serviceaccounts';
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: [all, `${all}:${namespace}`, 'system:authenticated'],
  };
}

const KINDS: Readonly<Record<string, string>> = { secrets: 'Secret', leases: 'Lease', events: 'Event' };

/** `get, list the Secret storage/storage-config`. */
function formatNeeds(needs: readonly Need[]): string {
  return needs
    .map(({ verbs, resource, ref: { namespace, name } }) => {
      const what = KINDS[resource] ?? resource;
      const which = name === undefined ? `${what}s in ${namespace}` : `the ${what} ${namespace}/${name}`;
      return `${verbs.join(', ')} ${which}`;
    })
    .join('; ');
}

/** What grants the exporter its permissions on the hub, as a command. */
function hubCommand({ settings, refs: { registry, aggregate } }: ExporterSetup): string {
  const names = [
    ...named('MCCE_REGISTRY_SECRET', settings.registrySecret, 'multi-k8s-config'),
    ...named('MCCE_AGGREGATE_SECRET', aggregate.name, 'multi-storage-config'),
    ...named('MCCE_AGGREGATE_PARTS', String(settings.aggregateParts), '1'),
  ];
  return [...names, `mcce manifests hub -n ${registry.namespace} | kubectl apply -f -`].join(' ');
}

/** What grants the exporter its permissions in a cluster; the kubectl is one of that cluster. */
function clusterCommand({ refs: { source } }: ExporterSetup): string {
  const names = named('MCCE_SOURCE_SECRET', source.name, 'storage-config');
  return [...names, `mcce manifests cluster -n ${source.namespace} | kubectl apply -f -`].join(' ');
}

/** The settings are those of the hub; the command has none but what it is given. */
function named(variable: string, value: string, usual: string): string[] {
  return value === usual ? [] : [`${variable}=${value}`];
}
