import type { KubeClient } from '../http/kube-client.ts';
import { ObjectClient, type WriteLimits } from './object-client.ts';
import { type ObjectMetadata, SECRET_METADATA } from './object-metadata.ts';
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

/** What of a Secret is to change. Null removes. */
export interface SecretEdit {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** Base64 text by key. */
  readonly data?: ReadonlyMap<string, string | null>;
}

/** One named Secret. */
export class SecretClient extends ObjectClient<SecretSnapshot> {
  /** @param fieldManager owner of the fields that are written; the exporter by default */
  constructor(kube: KubeClient, ref: ObjectRef, fieldManager?: string) {
    super(kube, SECRET, ref, fieldManager);
  }

  /** Creates it. If it is there by now, what it should hold is added. Refused with `Conflict` where that holds something else. */
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
   * Changes what the edit names and nothing else, no matter who owns it. Refused with `Conflict` unless the server still holds this version.
   *
   * @returns what the answer holds: no data
   */
  async edit(
    { labels, annotations, data }: SecretEdit,
    resourceVersion: string,
    limits: WriteLimits,
  ): Promise<ObjectMetadata> {
    const fields = { metadata: { labels, annotations }, ...(data && { data: Object.fromEntries(data) }) };
    return await this.mergeFields(resourceVersion, fields, SECRET_METADATA, limits);
  }
}
