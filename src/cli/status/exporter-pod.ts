import { LeaseClient } from '../../kube/objects/lease-client.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import type { Hub } from '../hub.ts';
import { CHART_LABEL } from '../installed-settings.ts';
import { orUndefined } from '../kube-objects.ts';
import { permitted } from './permitted.ts';
import { isReady, type Pod, podOfHolder } from './pod.ts';

/**
 * The pod to ask: the one that the Lease names; where nobody holds it, or there is none since there is one replica alone, one
 * that is ready.
 *
 * @throws CommandFailedError when there is no such pod, or we may not look
 */
export async function exporterPod(hub: Hub, signal: AbortSignal): Promise<Pod> {
  const holder = await leaseHolder(hub, signal);
  return holder === '' ? await readyPod(hub, signal) : await leadersPod(holder, hub, signal);
}

/** @returns empty when nobody holds the Lease, or there is none */
async function leaseHolder({ client, refs: { lease } }: Hub, signal: AbortSignal): Promise<string> {
  const what = `Reading the Lease ${lease.namespace}/${lease.name} on the hub`;
  const permission = `get on leases in the namespace ${lease.namespace}`;
  const reading = orUndefined(new LeaseClient(client, lease).get(signal));
  return (await permitted(what, permission, reading))?.holder ?? '';
}

async function leadersPod(holder: string, hub: Hub, signal: AbortSignal): Promise<Pod> {
  const { lease } = hub.refs;
  const name = podOfHolder(holder);
  const pod = await readPods(hub, 'get', `/${encodeURIComponent(name)}`, {}, signal);
  if (pod !== undefined) return pod as Pod;
  throw new CommandFailedError(
    `The Lease ${lease.namespace}/${lease.name} names ${holder} as leader, and there is no pod ${name} in the namespace ${hub.namespace}. If its pods are elsewhere, give their namespace by -n; if it runs outside of pods, give its address by --url.`,
  );
}

async function readyPod(hub: Hub, signal: AbortSignal): Promise<Pod> {
  const { namespace } = hub;
  const list = await readPods(hub, 'list', '', { labelSelector: CHART_LABEL }, signal);
  const { items = [] } = list as { items?: Pod[] };
  const pod = items.find(isReady);
  if (pod) return pod;
  throw new CommandFailedError(
    items.length > 0
      ? `No pod of the exporter in the namespace ${namespace} is ready; look at ${items.map(({ metadata }) => metadata.name).join(', ')}.`
      : `There is no exporter in the namespace ${namespace} of the hub: no pod has the label ${CHART_LABEL}. Is it installed there? Give its namespace by -n; if it runs outside of pods, give its address by --url.`,
  );
}

/** @returns undefined when there is no such pod */
async function readPods(
  { client, namespace }: Hub,
  verb: 'get' | 'list',
  name: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<unknown> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods${name}`;
  const what = `Looking for the exporter's pods in the namespace ${namespace} of the hub`;
  const permission = `${verb} on pods in the namespace ${namespace}`;
  const reading = orUndefined(client.json({ method: 'GET', path, query, signal }));
  return await permitted(what, permission, reading);
}
