import type { ObjectMetadata } from '../../../kube/objects/object-metadata.ts';
import type { OutputKind, WantedObject } from './output.ts';

/** Says which output an object is of. */
export const OUTPUT_LABEL = 'multi-cluster-config-exporter/output';

/** An object that is wanted, with its body as it is applied. */
export interface PlannedObject {
  readonly key: string;
  readonly wanted: WantedObject;
  readonly kind: OutputKind;
  readonly body: string;
}

/** What we last applied, or found to be as it is wanted, and the version that came of it. */
export interface AppliedObject {
  readonly body: string;
  /** Undefined: no object is ours. */
  readonly resourceVersion: string | undefined;
  /** When to look at it again, since no watch tells of it. Milliseconds, monotonic. */
  readonly lookAgainAtMs?: number;
}

/** An object with our label that is wanted no more. */
export interface Leftover {
  readonly key: string;
  readonly kind: OutputKind;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
}

/** What is to be done. */
export interface ObjectPlan {
  readonly apply: readonly PlannedObject[];
  readonly remove: readonly Leftover[];
}

/** An object with our label, as the hub holds it. */
export interface HeldObject {
  readonly kind: OutputKind;
  readonly namespace: string;
  readonly name: string;
  readonly metadata: ObjectMetadata;
}

/** How objects are told apart. */
export function objectKey({
  kind,
  namespace,
  name,
}: Pick<WantedObject, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${namespace}/${name}`;
}

/** More than any hub has clusters and components for: an output that continues without end is at fault. */
export const MAX_OBJECTS = 100_000;

/**
 * Makes of what an output wants what is applied.
 *
 * @throws Error when an object is of another kind than the output names, or there is twice, or there are too many
 */
export function prepare(
  output: string,
  kinds: readonly OutputKind[],
  objects: Iterable<WantedObject>,
  managedBy: Readonly<Record<string, string>>,
): Map<string, PlannedObject> {
  const planned = new Map<string, PlannedObject>();
  for (const wanted of objects) {
    const { apiVersion, namespace, name, labels, annotations, fields } = wanted;
    const key = objectKey(wanted);
    const kind = kinds.find(
      (each) =>
        each.kind === wanted.kind && each.apiVersion === apiVersion && each.namespaces.includes(namespace),
    );
    if (!kind) throw new Error(`${key} is none of the kinds of the output`);
    if (planned.has(key)) throw new Error(`${key} is wanted twice`);
    if (planned.size >= MAX_OBJECTS) throw new Error(`more than ${MAX_OBJECTS} objects are wanted`);
    const metadata = {
      name,
      namespace,
      labels: { ...labels, ...managedBy, [OUTPUT_LABEL]: output },
      ...(annotations && { annotations }),
    };
    const body = wanted.wish ?? JSON.stringify({ ...fields, apiVersion, kind: wanted.kind, metadata });
    planned.set(key, { key, wanted, kind, body });
  }
  return planned;
}

/**
 * What differs: what is not there, is wanted otherwise than it was applied, or was changed since; and what is wanted no more. Pure.
 *
 * @param held objects with our label, by key
 * @param applied what we last applied, by key
 * @param nowMs the time, monotonic
 */
export function planObjects(
  planned: ReadonlyMap<string, PlannedObject>,
  held: ReadonlyMap<string, HeldObject>,
  applied: ReadonlyMap<string, AppliedObject>,
  nowMs = 0,
): ObjectPlan {
  const apply = [...planned.values()].filter(({ key, body, wanted }) => {
    if (wanted.wish === 'keep') return false;
    const known = applied.get(key);
    if (known?.body !== body || nowMs >= (known.lookAgainAtMs ?? Number.POSITIVE_INFINITY)) return true;
    return known.resourceVersion !== held.get(key)?.metadata.resourceVersion;
  });
  const remove = [...held]
    .filter(([key]) => !planned.has(key))
    .map(
      ([
        key,
        {
          kind,
          namespace,
          name,
          metadata: { resourceVersion },
        },
      ]) => ({
        key,
        kind,
        namespace,
        name,
        resourceVersion,
      }),
    );
  return { apply, remove };
}
