import { KubeRequestError } from './kube-request.error.ts';

/**
 * A Secret as an API server held it at one moment. `data` is a Map and keeps the base64 text as served: names of keys are
 * free text (`__proto__` and `1` are valid), so they must not become properties of an object.
 */
export interface SecretSnapshot {
  readonly resourceVersion: string;
  readonly type: string;
  readonly immutable: boolean;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly data: ReadonlyMap<string, string>;
}

/**
 * Reads a Secret from parsed JSON.
 *
 * @throws KubeRequestError `server_error` when it is anything else, which no API server sends
 */
export function toSecretSnapshot(value: unknown): SecretSnapshot {
  const secret = record(value);
  const metadata = record(secret.metadata);
  if (secret.kind !== undefined && secret.kind !== 'Secret') throw notASecret();
  return {
    resourceVersion: text(metadata.resourceVersion),
    type: text(secret.type),
    immutable: secret.immutable === true,
    labels: textMap(metadata.labels),
    annotations: textMap(metadata.annotations),
    data: textMap(secret.data),
  };
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notASecret();
  return value as Record<string, unknown>;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw notASecret();
  return value;
}

function textMap(value: unknown): Map<string, string> {
  const map = new Map<string, string>();
  if (value === undefined || value === null) return map;
  // A value of null is how Go writes an empty byte slice.
  for (const [key, entry] of Object.entries(record(value))) map.set(key, entry === null ? '' : text(entry));
  return map;
}

function notASecret(): KubeRequestError {
  return new KubeRequestError({ reason: 'server_error', cause: 'the answer is not a Secret' });
}
