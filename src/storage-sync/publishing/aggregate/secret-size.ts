import { OUR_ANNOTATIONS } from './aggregate.ts';
import type { ObjectMetadata } from '../../../kube/objects/object-metadata.ts';

/** What all annotations of an object can hold, names included (`TotalAnnotationSizeLimitB`, k8s.io/apimachinery). Bytes. */
const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;
/** The longest list in one annotation. Bytes. */
const LIST_LIMIT_BYTES = 64 * 1024;

/**
 * What etcd takes in one request (`--max-request-bytes`, 1.5 MiB), less what surrounds an object there: the key, the transaction,
 * encryption at rest, and metadata that others may add between two of our looks. Bytes.
 */
export const STORED_LIMIT_BYTES = 1.5 * 1024 * 1024 - 32 * 1024;

/**
 * What one key of a Secret takes in etcd beside its value. Its name stands twice: in `data`, as protobuf with a length for entry, key and
 * value, and in `managedFields`, as `"f:name":{},`.
 */
const KEY_BYTES = 20;

/** The size of one key and its value in etcd. Bytes. */
export function storedBytes(name: string, valueBytes: number): number {
  return valueBytes + 2 * name.length + KEY_BYTES;
}

/** What the Secret on the hub holds beside its data and our annotations, as far as it counts in etcd. */
export interface ForeignSize {
  readonly annotations: number;
  readonly labels: number;
}

/** Nothing: the Secret does not exist yet. */
export const NO_FOREIGN_SIZE: ForeignSize = { annotations: 0, labels: 0 };

/** What others have put on the Secret. */
export function foreignSize({ labels, annotations }: ObjectMetadata): ForeignSize {
  const ours = new Set<string>(OUR_ANNOTATIONS);
  return {
    labels: sizeOf([...labels]),
    annotations: sizeOf([...annotations].filter(([name]) => !ours.has(name))),
  };
}

/** The longest that each of our two lists may be. Bytes. */
export function listLimit(storedDataBytes: number, foreign: ForeignSize): number {
  const inAnnotations = ANNOTATIONS_LIMIT_BYTES - foreign.annotations - RESERVED_BYTES;
  const inEtcd = STORED_LIMIT_BYTES - storedDataBytes - foreign.annotations - foreign.labels - RESERVED_BYTES;
  return Math.max(0, Math.min(LIST_LIMIT_BYTES, Math.floor(inAnnotations / 2), Math.floor(inEtcd / 2)));
}

/** For names and values of the annotations that are no lists. */
const RESERVED_BYTES = 1024;

function sizeOf(entries: readonly (readonly [string, string])[]): number {
  return entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
}
