import { type ObjectKind, type ObjectSnapshot, objectField, textField } from './object-kind.ts';

/** Who owns fields of an object, and since when (`metadata.managedFields`). */
export interface FieldOwner {
  readonly manager: string;
  /** To the second; empty where it is not told. */
  readonly time: string;
}

/** The metadata of an object as an API server held it at one moment. */
export interface ObjectMetadata extends ObjectSnapshot {
  /** Of this object alone, in all clusters and for all time. Absent where the answer has none. */
  readonly uid?: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly owners: readonly FieldOwner[];
}

/** Reads `metadata`. @throws KubeRequestError `server_error` when it is something else */
export function parseMetadata(value: unknown): ObjectMetadata {
  const metadata = objectField(value);
  const { managedFields } = metadata;
  return {
    resourceVersion: textField(metadata.resourceVersion),
    ...(isUid(metadata.uid) && { uid: metadata.uid }),
    labels: textMap(metadata.labels),
    annotations: textMap(metadata.annotations),
    owners: Array.isArray(managedFields) ? managedFields.map(fieldOwner) : [],
  };
}

/** An object of text as a Map, since names may be those of an object's own properties. */
export function textMap(value: unknown): Map<string, string> {
  const map = new Map<string, string>();
  if (value === undefined || value === null) return map;
  // A value of null is how Go writes an empty byte slice.
  for (const [key, entry] of Object.entries(objectField(value)))
    map.set(key, entry === null ? '' : textField(entry));
  return map;
}

/** Secrets without their data (Kubernetes API reference, "PartialObjectMetadata v1 meta"). */
export const SECRET_METADATA: ObjectKind<ObjectMetadata> = {
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  metadataOnly: true,
  parse: (value) => parseMetadata(objectField(value).metadata),
};

/** Kubernetes makes UUIDs (RFC 9562). It is kept, so what somebody else may send in its place is not taken. */
function isUid(value: unknown): value is string {
  return typeof value === 'string' && /^[-0-9a-fA-F]{1,64}$/.test(value);
}

function fieldOwner(entry: unknown): FieldOwner {
  const { manager, time } = objectField(entry);
  return {
    manager: typeof manager === 'string' ? manager : '',
    time: typeof time === 'string' ? time : '',
  };
}
