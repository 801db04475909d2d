import { checkEntry } from '../../cluster-config/entries/entry-checker.ts';
import type { EntryPolicy } from '../../cluster-config/entries/entry.ts';
import type { ClusterEndpoint } from '../../kube/http/cluster-client.ts';
import type { ManifestObject } from '../kube-objects.ts';
import { boundSecretOf, type Reader } from './reader.ts';

/** What goes in a cluster with its entry. */
export interface Purge {
  readonly objects: readonly ManifestObject[];
  /** The same for the operator, and what stays. */
  readonly lines: readonly string[];
}

/**
 * What can go in the cluster when an entry does: its own token, and all the rest if nobody else lives on it. Others do when another entry
 * names the same server, or there are tokens that mcce made for somebody else: another name, another hub.
 *
 * @param registry base64 text by name
 * @throws CommandFailedError when the cluster cannot be asked
 */
export async function planPurge(
  reader: Pick<Reader, 'objects' | 'tokenSecrets'>,
  name: string,
  registry: ReadonlyMap<string, string>,
  policy: EntryPolicy,
): Promise<Purge> {
  const endpoint = endpointOf(registry.get(name), policy);
  const own = boundSecretOf(endpoint?.bearerToken);
  const secrets = await reader.tokenSecrets();
  const isOwn = ({ metadata }: ManifestObject) => metadata.name === own?.metadata.name;
  const others = [...registry].filter(([other]) => other !== name).map(([, encoded]) => encoded);
  const inUse = new Set(
    others.map((encoded) => boundSecretOf(endpointOf(encoded, policy)?.bearerToken)?.metadata.name),
  );
  // Where it is not known which one is its own, those that other entries have are not.
  const foreign = secrets.filter((secret) => (own ? !isOwn(secret) : inUse.has(secret.metadata.name)));
  const neighbours = [...registry.keys()].filter(
    (other) =>
      other !== name &&
      endpoint !== undefined &&
      endpointOf(registry.get(other), policy)?.server.origin === endpoint.server.origin,
  );
  if (neighbours.length === 0 && foreign.length === 0) {
    const objects = [...secrets, ...reader.objects.toReversed()];
    return { objects, lines: objects.map((object) => `deletes ${describe(object)} in the cluster`) };
  }
  const why =
    neighbours.length > 0
      ? `the cluster is also ${neighbours.join(', ')}`
      : `there are other tokens of it (${foreign.map(({ metadata }) => metadata.name).join(', ')})`;
  return {
    objects: own ? [own] : [],
    lines: [
      ...(own ? [`deletes ${describe(own)} in the cluster`] : []),
      `leaves ${describe(reader.objects[0])} there, since ${why}`,
    ],
  };
}

function endpointOf(encoded: string | undefined, policy: EntryPolicy): ClusterEndpoint | undefined {
  const verdict = checkEntry(Buffer.from(encoded ?? '', 'base64'), policy);
  return 'accepted' in verdict ? verdict.accepted.endpoint : undefined;
}

function describe(object: ManifestObject | undefined): string {
  return object ? `${object.kind} ${object.metadata.namespace}/${object.metadata.name}` : 'nothing';
}
