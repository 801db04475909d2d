import { expectKind, type ObjectKind, objectField, textField } from './object-kind.ts';
import { type ObjectMetadata, parseMetadata, textMap } from './object-metadata.ts';

/**
 * A Secret as an API server held it at one moment. `data` is a Map and keeps the base64 text as served: names of keys are
 * free text (`__proto__` and `1` are valid), so they must not become properties of an object.
 */
export interface SecretSnapshot extends ObjectMetadata {
  readonly type: string;
  readonly immutable: boolean;
  readonly data: ReadonlyMap<string, string>;
}

/** Secrets (Kubernetes API reference, "Secret v1 core"). */
export const SECRET: ObjectKind<SecretSnapshot> = {
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  parse(value) {
    const secret = objectField(value);
    expectKind(secret, 'Secret');
    return {
      ...parseMetadata(secret.metadata),
      type: textField(secret.type),
      immutable: secret.immutable === true,
      data: textMap(secret.data),
    };
  },
};
