import type { KubeClient } from '../../kube/http/kube-client.ts';
import { objectField } from '../../kube/objects/object-kind.ts';
import type { Hub } from '../hub.ts';
import { attempt, type KubeObject, REQUEST_TIMEOUT_MS } from '../requests.ts';

const PREFIX = 'multi-cluster-config-exporter/';

/** For whom mcce made objects in a cluster: one entry of one registry on one hub. */
export interface Owner {
  /** UID of the hub's namespace `kube-system`, by which Kubernetes tells clusters apart. */
  readonly hub: string;
  /** Namespace and name. */
  readonly registry: string;
  readonly entry: string;
}

/** @throws CommandFailedError when the hub does not tell who it is */
export async function ownerOf({ client, refs: { registry } }: Hub, entry: string): Promise<Owner> {
  return {
    hub: await attempt(
      'Reading the identity of the hub (the UID of its namespace kube-system)',
      hubIdentity(client),
      'get on the namespace kube-system of the hub',
    ),
    registry: `${registry.namespace}/${registry.name}`,
    entry,
  };
}

async function hubIdentity(client: KubeClient): Promise<string> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const path = '/api/v1/namespaces/kube-system';
  const { metadata } = objectField(await client.json({ method: 'GET', path, signal }));
  return String(objectField(metadata).uid);
}

/** What says on an object for whom it was made. Names of entries may be longer than a label. */
export function marksOf({ hub, registry, entry }: Owner) {
  return {
    labels: { 'app.kubernetes.io/managed-by': 'mcce', [`${PREFIX}hub`]: hub },
    annotations: { [`${PREFIX}registry`]: registry, [`${PREFIX}entry`]: entry },
  };
}

/** Selects what was made for entries of a hub. */
export function selectorOf(owner: Owner): string {
  return Object.entries(marksOf(owner).labels)
    .map((pair) => pair.join('='))
    .join(',');
}

/** Whether an object was made for this entry. */
export function isMadeFor(
  owner: Owner,
  { metadata: { labels = {}, annotations = {} } }: KubeObject,
): boolean {
  const marks = marksOf(owner);
  const has = (found: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>) =>
    Object.entries(wanted).every(([name, value]) => found[name] === value);
  return has(labels, marks.labels) && has(annotations, marks.annotations);
}
