import { PatchStrategy } from '@kubernetes/client-node';
import type { KubeClient } from '../kube/http/kube-client.ts';
import { collectionPath } from '../kube/objects/object-path.ts';
import { KubeRequestError } from '../kube/failures/kube-request.error.ts';

/** An object of a manifest, in a namespace. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: object };
}

/** Owner of the fields that mcce writes. */
export const MCCE_FIELD_MANAGER = 'mcce';
/** For one request of the operator's. Milliseconds. */
export const REQUEST_TIMEOUT_MS = 10_000;

const PLURALS: Readonly<Record<string, string>> = {
  Secret: 'secrets',
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

/**
 * Creates or updates an object as `kubectl apply --server-side` does. `not_found` means that its namespace does not exist.
 *
 * @param options.dryRun only asks the server whether it would
 * @throws KubeRequestError
 */
export async function applyObject(
  kube: KubeClient,
  object: ManifestObject,
  { dryRun = false } = {},
): Promise<object> {
  return (await kube.json({
    method: 'PATCH',
    path: pathOf(object),
    query: { fieldManager: MCCE_FIELD_MANAGER, force: 'true', ...(dryRun && { dryRun: 'All' }) },
    contentType: PatchStrategy.ServerSideApply,
    body: JSON.stringify(object),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  })) as object;
}

/**
 * Deletes an object; one that is not there is no error.
 *
 * @throws KubeRequestError
 */
export async function deleteObject(kube: KubeClient, object: ManifestObject): Promise<void> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  await orUndefined(kube.json({ method: 'DELETE', path: pathOf(object), signal }));
}

/** Nothing, in place of the failure that there is nothing. */
export async function orUndefined<Result>(request: Promise<Result>): Promise<Result | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof KubeRequestError && error.reason === 'not_found') return undefined;
    throw error;
  }
}

/** Where all objects of its kind are, in its namespace. */
export function collectionOf({ apiVersion, kind, metadata }: ManifestObject): string {
  return collectionPath(apiVersion, PLURALS[kind] ?? '', metadata.namespace);
}

function pathOf(object: ManifestObject): string {
  return `${collectionOf(object)}/${encodeURIComponent(object.metadata.name)}`;
}
