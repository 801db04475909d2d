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

/** Objects are never changed, so each is taken apart once. */
const known = new WeakMap<KubeObject, Fields>();

/** Takes an object apart. An empty map leaves nothing. */
export function toFields(object: KubeObject): Fields {
  const before = known.get(object);
  if (before) return before;
  const fields: Fields = new Map();
  collect(object, '', fields);
  known.set(object, fields);
  return fields;
}

/** @param path the names so far, as in a JSON list without its brackets */
function collect(value: unknown, path: string, fields: Fields): void {
  const key = `[${path}]`;
  if (UNOWNED.has(key)) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fields.set(key, value);
    return;
  }
  const prefix = path === '' ? '' : `${path},`;
  for (const [name, entry] of Object.entries(value)) collect(entry, prefix + JSON.stringify(name), fields);
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
    .filter(([path, value]) => before.get(path) !== value && !isDeepStrictEqual(before.get(path), value))
    .map(([path]) => path);
}

const written = new WeakMap<ReadonlySet<string>, Record<string, unknown>>();

/** `FieldsV1` of paths (meta/v1, ManagedFieldsEntry). */
export function toFieldsV1(paths: ReadonlySet<string>): Record<string, unknown> {
  const before = written.get(paths);
  if (before) return before;
  const root: Record<string, unknown> = {};
  written.set(paths, root);
  for (const path of paths) {
    let node = root;
    for (const name of JSON.parse(path) as string[])
      node = (node[`f:${name}`] ??= {}) as Record<string, unknown>;
  }
  return root;
}
