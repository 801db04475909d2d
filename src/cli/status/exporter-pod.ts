import { LeaseClient } from '../../kube/objects/lease-client.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import type { Hub } from '../hub.ts';
import { EXPORTER_LABEL } from '../installed-exporter.ts';
import { attempt, getObject, type KubeObject, listObjects, unless } from '../requests.ts';

/** What of a Pod counts here (Kubernetes API reference, "Pod v1 core"). */
export interface Pod extends KubeObject {
  readonly spec?: {
    readonly serviceAccountName?: string;
    readonly containers?: readonly {
      readonly name?: string;
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const POD = { apiVersion: 'v1', kind: 'Pod' } as const;
const DEFAULT_PORT = 8080;
/** What else can be done without a permission. */
const OTHER_WAY = 'or reach the exporter in another way and give its address by --url';

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
  const found = await attempt(
    `Reading the Lease ${lease.namespace}/${lease.name} on the hub`,
    unless('not_found', new LeaseClient(client, lease).get(signal)),
    `get on leases in the namespace ${lease.namespace}; ${OTHER_WAY}`,
  );
  return found?.holder ?? '';
}

async function leadersPod(
  holder: string,
  { client, namespace, refs: { lease } }: Hub,
  signal: AbortSignal,
): Promise<Pod> {
  const name = podOfHolder(holder);
  const pod = await attempt(
    lookingIn(namespace),
    getObject(client, POD, { namespace, name }, signal),
    `get on pods in the namespace ${namespace}; ${OTHER_WAY}`,
  );
  if (pod) return pod;
  throw new CommandFailedError(
    `The Lease ${lease.namespace}/${lease.name} names ${holder} as leader, and there is no pod ${name} in the namespace ${namespace}. If its pods are elsewhere, give their namespace by -n; if it runs outside of pods, give its address by --url.`,
  );
}

async function readyPod({ client, namespace }: Hub, signal: AbortSignal): Promise<Pod> {
  const pods = await attempt(
    lookingIn(namespace),
    listObjects<Pod>(client, POD, namespace, EXPORTER_LABEL, signal),
    `list on pods in the namespace ${namespace}; ${OTHER_WAY}`,
  );
  const pod = pods.find(isReady);
  if (pod) return pod;
  throw new CommandFailedError(
    pods.length > 0
      ? `No pod of the exporter in the namespace ${namespace} is ready; look at ${pods.map(({ metadata }) => metadata.name).join(', ')}.`
      : `There is no exporter in the namespace ${namespace} of the hub: no pod has the label ${EXPORTER_LABEL}. Is it installed there? Give its namespace by -n; if it runs outside of pods, give its address by --url.`,
  );
}

function lookingIn(namespace: string): string {
  return `Looking for the exporter's pods in the namespace ${namespace} of the hub`;
}

/** The port on which the exporter in it listens. */
export function httpPort({ spec }: Pod): number {
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find(isHttp)?.containerPort ?? DEFAULT_PORT;
}

/** The container of the exporter: the chart may add others. Undefined: there is one alone, so it needs no name. */
export function exporterContainer({ spec }: Pod): string | undefined {
  const containers = spec?.containers ?? [];
  return containers.length > 1 ? containers.find(({ ports = [] }) => ports.some(isHttp))?.name : undefined;
}

function isHttp({ name }: { readonly name?: string }): boolean {
  return name === 'http';
}

/** Whether it may be asked. */
export function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
}

/** The pod of a candidate, as a Lease names it: the host's name, `_` and a UUID. */
export function podOfHolder(holder: string): string {
  return holder.split('_', 1)[0] ?? holder;
}
