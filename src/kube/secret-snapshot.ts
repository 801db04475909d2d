import { expectKind, type ObjectKind, type ObjectSnapshot, objectField, textField } from './object-kind.ts';

/**
 * A Secret as an API server held it at one moment. `data` is a Map and keeps the base64 text as served: names of keys are
 * free text (`__proto__` and `1` are valid), so they must not become properties of an object.
 */
export interface SecretSnapshot extends ObjectSnapshot {
  readonly type: string;
  readonly immutable: boolean;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly data: ReadonlyMap<string, string>;
}

/** Secrets (Kubernetes API reference, "Secret v1 core"). */
export const SECRET: ObjectKind<SecretSnapshot> = {
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  parse(value) {
    const secret = objectField(value);
    const metadata = objectField(secret.metadata);
    expectKind(secret, 'Secret');
    return {
      resourceVersion: textField(metadata.resourceVersion),
      type: textField(secret.type),
      immutable: secret.immutable === true,
      labels: textMap(metadata.labels),
      annotations: textMap(metadata.annotations),
      data: textMap(secret.data),
    };
  },
};

function textMap(value: unknown): Map<string, string> {
  const map = new Map<string, string>();
  if (value === undefined || value === null) return map;
  // A value of null is how Go writes an empty byte slice.
  for (const [key, entry] of Object.entries(objectField(value)))
    map.set(key, entry === null ? '' : textField(entry));
  return map;
}
