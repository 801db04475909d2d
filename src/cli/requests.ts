import { ExporterError } from '../base/errors/exporter.error.ts';
import type { KubeClient } from '../kube/http/kube-client.ts';
import { KubeRequestError } from '../kube/failures/kube-request.error.ts';
import { collectionPath } from '../kube/objects/object-path.ts';
import { CommandFailedError } from './command-failed.error.ts';

/** Owner of the fields that mcce writes. */
export const MCCE_FIELD_MANAGER = 'mcce';
/** For one request. Milliseconds. */
export const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Awaits a request, and says of a failure what was being done.
 *
 * @param what completes "… failed" and "… is forbidden": `Reading the Secret storage/multi-k8s-config on the hub`
 * @param need completes "You need …", said when the request is forbidden: `get on pods in the namespace storage`
 * @throws CommandFailedError in place of another of our own errors; all others, and one that is it already, go on as they are
 */
export async function attempt<Result>(
  what: string,
  request: Promise<Result>,
  need?: string,
): Promise<Result> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof ExporterError) || error instanceof CommandFailedError) throw error;
    const { details, lasting, remedy } = error;
    if (hasReason(error, 'forbidden'))
      throw new CommandFailedError(
        need === undefined
          ? `${what} is forbidden: the credentials lack the permission.`
          : `${what} is forbidden. You need ${need}.`,
        { details, lasting, cause: error },
      );
    throw new CommandFailedError(`${what} failed. ${error.message}`, {
      details,
      lasting,
      remedy,
      cause: error,
    });
  }
}

/** The result, or undefined where the request failed for this reason. */
export async function unless<Result>(
  reason: KubeRequestError['reason'],
  request: Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await request;
  } catch (error) {
    if (hasReason(error, reason)) return undefined;
    throw error;
  }
}

function hasReason(error: unknown, reason: KubeRequestError['reason']): boolean {
  return error instanceof KubeRequestError && error.reason === reason;
}

/** An object in a namespace. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** A kind of objects. */
export type KubeKind = Pick<KubeObject, 'apiVersion' | 'kind'>;

const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  Pod: 'pods',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  Secret: 'secrets',
  ServiceAccount: 'serviceaccounts',
};

/** Where objects of a kind are. @param name of one of them */
export function pathOf({ apiVersion, kind }: KubeKind, namespace: string, name?: string): string {
  const collection = collectionPath(apiVersion, PLURALS[kind] ?? '', namespace);
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`;
}

/** `ServiceAccount storage/reader`. */
export function describeObject({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** Creates an object, or something below it. @throws KubeRequestError `not_found`: the namespace does not exist */
export async function post(
  kube: KubeClient,
  path: string,
  body: object,
  { dryRun = false } = {},
): Promise<unknown> {
  return await kube.json({
    method: 'POST',
    path,
    query: { fieldManager: MCCE_FIELD_MANAGER, ...(dryRun && { dryRun: 'All' }) },
    contentType: 'application/json',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
}

/** @returns undefined when there is no such object @throws KubeRequestError */
export async function getObject(
  kube: KubeClient,
  kind: KubeKind,
  { namespace, name }: { namespace: string; name: string },
  signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS),
): Promise<KubeObject | undefined> {
  const path = pathOf(kind, namespace, name);
  return (await unless('not_found', kube.json({ method: 'GET', path, signal }))) as KubeObject | undefined;
}

/** The objects of a kind that have a label, each with its kind. @throws KubeRequestError */
export async function listObjects<Listed extends KubeObject>(
  kube: KubeClient,
  kind: KubeKind,
  namespace: string,
  labelSelector: string,
  signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS),
): Promise<Listed[]> {
  const path = pathOf(kind, namespace);
  const list = await kube.json({ method: 'GET', path, query: { labelSelector }, signal });
  const { items } = list as { items?: Listed[] | null };
  return (items ?? []).map((item) => ({ ...item, ...kind }));
}

/**
 * Deletes an object; where its UID is known, that one and none that has taken its name.
 *
 * @returns false when it was not there
 * @throws KubeRequestError
 */
export async function deleteObject(kube: KubeClient, object: KubeObject): Promise<boolean> {
  const { name, namespace, uid } = object.metadata;
  const deleting = kube.json({
    method: 'DELETE',
    path: pathOf(object, namespace, name),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(uid !== undefined && {
      contentType: 'application/json',
      body: JSON.stringify({ preconditions: { uid } }),
    }),
  });
  return (await unless('not_found', deleting)) !== undefined;
}
