import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../support/api-client.ts';

/**
 * An object as a flat map from paths to values: maps are taken apart, lists and scalars are values. That is how far
 * server-side apply tells owners apart for the kinds that the sandbox has. A path is a JSON list of names.
 */
export type Fields = Map<string, unknown>;

/** Set by the server, or the name of the object: nobody owns these. */
const UNOWNED = new Set(
  [
    ['apiVersion'],
    ['kind'],
    ...[
      'name',
      'namespace',
      'uid',
      'resourceVersion',
      'creationTimestamp',
      'generation',
      'managedFields',
    ].map((field) => ['metadata', field]),
  ].map((path) => JSON.stringify(path)),
);

/** Takes an object apart. An empty map leaves nothing. */
export function toFields(object: KubeObject): Fields {
  const fields: Fields = new Map();
  collect(object, [], fields);
  return fields;
}

function collect(value: unknown, path: readonly string[], fields: Fields): void {
  const key = JSON.stringify(path);
  if (UNOWNED.has(key)) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fields.set(key, value);
    return;
  }
  for (const [name, entry] of Object.entries(value)) collect(entry, [...path, name], fields);
}

/** The object with fields set and removed. Maps that become empty go. */
export function withFields(object: KubeObject, set: Fields, removed: Iterable<string>): KubeObject {
  let result: unknown = object;
  for (const path of removed) result = replace(result, JSON.parse(path) as string[], undefined);
  for (const [path, value] of set) result = replace(result, JSON.parse(path) as string[], value);
  return result as KubeObject;
}

/** Copies along the path. `fromEntries` keeps a key named `__proto__` a key. */
function replace(container: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const entries = new Map(Object.entries((container as object | undefined) ?? {}));
  const entry = replace(entries.get(name), rest, value);
  if (entry === undefined) entries.delete(name);
  else entries.set(name, entry);
  return entries.size === 0 ? undefined : Object.fromEntries(entries);
}

/** Paths of which the value in `after` is new or differs. */
export function changedPaths(before: Fields, after: Fields): string[] {
  return [...after]
    .filter(([path, value]) => !isDeepStrictEqual(before.get(path), value))
    .map(([path]) => path);
}

/** `FieldsV1` of paths (meta/v1, ManagedFieldsEntry). */
export function toFieldsV1(paths: Iterable<string>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const path of paths) {
    let node = root;
    for (const name of JSON.parse(path) as string[])
      node = (node[`f:${name}`] ??= {}) as Record<string, unknown>;
  }
  return root;
}
