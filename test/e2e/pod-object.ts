import { networkInterfaces } from 'node:os';
import type { ApiClient } from '../support/api-client.ts';

/** What a Pod object says of the process behind it. */
export interface PodOptions {
  name: string;
  namespace: string;
  serviceAccount: string;
  /** On which the process listens. */
  port: number;
  labels?: Readonly<Record<string, string>>;
  /** Of the node whose kubelet has its log; undefined: nobody has it. */
  node?: string;
  /** Names of further containers, which come first. */
  sidecars?: readonly string[];
}

/**
 * Makes a Pod object with the address of this machine. Nobody runs pods in these tests, and the API server's proxy needs no more than
 * the object to reach a process.
 */
export async function createPod(admin: ApiClient, pod: PodOptions): Promise<void> {
  const pods = `/api/v1/namespaces/${pod.namespace}/pods`;
  const ports = [{ name: 'http', containerPort: pod.port }];
  await admin.must('POST', pods, {
    body: {
      metadata: { name: pod.name, labels: pod.labels },
      spec: {
        serviceAccountName: pod.serviceAccount,
        containers: [
          ...(pod.sidecars ?? []).map((name) => ({ name, image: name })),
          { name: 'exporter', image: 'exporter', ports },
        ],
        automountServiceAccountToken: false,
        ...(pod.node !== undefined && { nodeName: pod.node }),
      },
    },
  });
  await admin.must('PATCH', `${pods}/${pod.name}/status`, {
    body: {
      status: {
        phase: 'Running',
        podIP: ownAddress(),
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    },
    contentType: 'application/merge-patch+json',
  });
}

/** Deletes it if it exists, at once: there is no kubelet that would end it. */
export async function deletePod(admin: ApiClient, namespace: string, name: string): Promise<void> {
  await admin.request('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`);
}

/** The API server dials pods and nodes, and no loopback address: one of this machine's others. */
export function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!own)
    throw new Error('this test needs a network address other than loopback: the API server dials no other');
  return own.address;
}
