import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { type Hub, type HubAccess, openHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { attempt, pathOf } from '../requests.ts';
import { exporterPod, httpPort, type Pod } from './exporter-pod.ts';
import { leadersStatus, type StatusDocument } from './status-document.ts';
import type { StatusSource } from './status-source.ts';

/** Asks the leader through the hub's API server, which reaches its pod. Who leads is looked up for every answer. */
export function leaderOnHub(
  invocation: Pick<Invocation, 'options' | 'terminal'>,
  access: HubAccess,
): StatusSource {
  let hub: Hub | undefined;
  return async (signal) => {
    hub ??= await openHub(invocation, access);
    return await leaderOf(hub, signal);
  };
}

/** What the replica that leads answers. @throws CommandFailedError, KubeRequestError */
export async function leaderOf(hub: Hub, signal: AbortSignal): Promise<StatusDocument> {
  const pod = await exporterPod(hub, signal);
  return leadersStatus(await statusOf(pod, hub, signal), `the pod ${hub.namespace}/${pod.metadata.name}`);
}

async function statusOf(pod: Pod, { client, namespace }: Hub, signal: AbortSignal): Promise<unknown> {
  const { name } = pod.metadata;
  const port = httpPort(pod);
  const path = `${pathOf({ apiVersion: 'v1', kind: 'Pod' }, namespace, `${name}:${port}`)}/proxy/api/v1/status`;
  const what = `Asking the pod ${namespace}/${name} for its status`;
  const asking = client.json({ method: 'GET', path, signal }).catch((error: unknown) => {
    if (!(error instanceof KubeRequestError && error.reason === 'server_error')) throw error;
    // The API server is well: it is what tells us that the pod is not.
    throw new CommandFailedError(
      `The pod ${namespace}/${name} does not answer the API server on port ${port} (HTTP ${error.status}). Look at its log; where a NetworkPolicy keeps the API server out, use kubectl port-forward and --url.`,
      { details: error.details },
    );
  });
  const need = `get on pods/proxy in the namespace ${namespace}; or reach the exporter in another way and give its address by --url`;
  return await attempt(what, asking, need);
}
