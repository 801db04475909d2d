import type { KubeClient } from '../../kube/http/kube-client.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';

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
  const need = { group: '', resource: 'secrets', ref: { namespace } };
  await review(kube, 'list', need, signal).catch((error: unknown) => {
    if (!(error instanceof KubeRequestError && error.reason === 'forbidden')) throw error;
  });
}

/**
 * What of the needs is not allowed, as the API server says (SelfSubjectAccessReview, authorization.k8s.io/v1).
 *
 * @returns only those that lack a verb, with the verbs that they lack
 * @throws KubeRequestError `forbidden` when it lets us not even ask
 */
export async function lackOf(kube: KubeClient, needs: readonly Need[], signal: AbortSignal): Promise<Need[]> {
  const lacking = needs.map(async (need): Promise<Need> => {
    const answers = await Promise.all(
      need.verbs.map(async (verb) => ({ verb, allowed: await review(kube, verb, need, signal) })),
    );
    return { ...need, verbs: answers.filter(({ allowed }) => !allowed).map(({ verb }) => verb) };
  });
  return (await Promise.all(lacking)).filter(({ verbs }) => verbs.length > 0);
}

/** `get, list the Secret storage/storage-config`. */
export function formatNeeds(needs: readonly Need[]): string {
  return needs
    .map(({ verbs, resource, ref: { namespace, name } }) => {
      const what = KINDS[resource] ?? resource;
      const which = name === undefined ? `${what}s in ${namespace}` : `the ${what} ${namespace}/${name}`;
      return `${verbs.join(', ')} ${which}`;
    })
    .join('; ');
}

const KINDS: Readonly<Record<string, string>> = { secrets: 'Secret', leases: 'Lease', events: 'Event' };

async function review(
  kube: KubeClient,
  verb: string,
  { group, resource, ref }: Omit<Need, 'verbs'>,
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await kube.json({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    contentType: 'application/json',
    body: JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group, resource, ...ref } },
    }),
    signal,
  });
  const { status } = answer as { status?: { allowed?: unknown } };
  if (typeof status?.allowed !== 'boolean')
    throw new KubeRequestError({ reason: 'server_error', cause: 'the answer is no review' });
  return status.allowed;
}
