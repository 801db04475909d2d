import type { KubeClient } from './kube-client.ts';
import { ObjectClient, type WriteLimits } from './object-client.ts';
import type { ObjectRef } from './object-ref.ts';
import { SECRET, type SecretSnapshot } from './secret-snapshot.ts';

/** The whole of what we want a Secret to be. Fields that others own stay theirs. */
export interface SecretApplication {
  /** With it the write is refused with `Conflict` unless the server still holds this version. */
  resourceVersion?: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Base64 text by key. */
  data: ReadonlyMap<string, string>;
}

/** One named Secret. */
export class SecretClient extends ObjectClient<SecretSnapshot> {
  /** @param fieldManager owner of the fields that are written; the exporter by default */
  constructor(kube: KubeClient, ref: ObjectRef, fieldManager?: string) {
    super(kube, SECRET, ref, fieldManager);
  }

  /** Creates or updates it. */
  async apply(application: SecretApplication, limits: WriteLimits): Promise<SecretSnapshot> {
    const { data, ...metadata } = application;
    // fromEntries defines properties, so a key named __proto__ stays a key.
    return await this.applyFields({ metadata, type: 'Opaque', data: Object.fromEntries(data) }, limits);
  }

  /** Creates it with these data, base64 text by key. Refused with `AlreadyExists` when it is there. */
  async create(data: ReadonlyMap<string, string>, limits: WriteLimits): Promise<SecretSnapshot> {
    return await this.createWith({ type: 'Opaque', data: Object.fromEntries(data) }, limits);
  }

  /**
   * Sets data keys, or removes those whose value is null, whoever owns them; no other is touched. Refused with `Conflict` unless
   * the server still holds this version.
   */
  async editKeys(
    changes: ReadonlyMap<string, string | null>,
    resourceVersion: string,
    limits: WriteLimits,
  ): Promise<SecretSnapshot> {
    return await this.mergeFields(resourceVersion, { data: Object.fromEntries(changes) }, limits);
  }

  /** Removes data keys, as {@link editKeys}. */
  async removeKeys(
    keys: readonly string[],
    resourceVersion: string,
    limits: WriteLimits,
  ): Promise<SecretSnapshot> {
    return await this.editKeys(new Map(keys.map((key) => [key, null])), resourceVersion, limits);
  }
}
