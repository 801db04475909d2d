import { KubeRequestError } from '../failures/kube-request.error.ts';

/** What is known of every object: an API server held it at a version. */
export interface ObjectSnapshot {
  readonly resourceVersion: string;
}

/** A kind of object: where its API is, and how its JSON is read. */
export interface ObjectKind<Snapshot extends ObjectSnapshot> {
  /** `v1`, or group and version. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** Only the metadata of its objects is asked for (Kubernetes API Concepts, "Metadata-only fetches"). */
  readonly metadataOnly?: boolean;
  /** @throws KubeRequestError `server_error` when it is anything else, which no API server sends */
  parse(value: unknown): Snapshot;
}

/** The value as an object. For {@link ObjectKind.parse}. */
export function objectField(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected('an object');
  return value as Record<string, unknown>;
}

/** The value as a text. For {@link ObjectKind.parse}. */
export function textField(value: unknown): string {
  if (typeof value !== 'string') throw unexpected('a text');
  return value;
}

/** Refuses an object of another kind; lists leave the kind of their items out. */
export function expectKind({ kind }: Readonly<Record<string, unknown>>, expected: string): void {
  if (kind !== undefined && kind !== expected) throw unexpected(`a ${expected}`);
}

/** What a request for objects of a kind asks to be answered with. A server that knows no metadata alone sends the whole object. */
export function accepted({ metadataOnly }: ObjectKind<ObjectSnapshot>, list: '' | 'List' = ''): string {
  return metadataOnly
    ? `application/json;as=PartialObjectMetadata${list};g=meta.k8s.io;v=v1,application/json`
    : 'application/json';
}

/** A list of objects, or a page of one. */
export interface ListOfObjects {
  readonly resourceVersion: string;
  readonly items: readonly unknown[];
  /** With it the next page can be asked for; undefined: this was the last. */
  readonly next: string | undefined;
}

/** Reads an answer that is a list. @throws KubeRequestError `server_error` when it is none */
export function parseList(answer: unknown): ListOfObjects {
  const { metadata, items } = objectField(answer);
  const { resourceVersion, continue: next } = objectField(metadata);
  // Go writes an empty list as null.
  if (!(Array.isArray(items) || items === null)) throw unexpected('a list');
  return {
    resourceVersion: textField(resourceVersion),
    items: (items ?? []) as readonly unknown[],
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}

function unexpected(what: string): KubeRequestError {
  return new KubeRequestError({
    reason: 'server_error',
    cause: `the answer holds something that is not ${what}`,
  });
}
