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

function unexpected(what: string): KubeRequestError {
  return new KubeRequestError({
    reason: 'server_error',
    cause: `the answer holds something that is not ${what}`,
  });
}
