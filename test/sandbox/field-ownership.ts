import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../support/api-client.ts';
import { Failure } from './failure.ts';
import { changedPaths, type Fields, toFields, toFieldsV1, withFields } from './fields.ts';

/** One writer's share of an object. The same program counts twice when it applies and updates. */
interface Owner {
  manager: string;
  operation: 'Apply' | 'Update';
  paths: ReadonlySet<string>;
  /** When its share last changed, to the second. */
  time: string;
}

/**
 * Who owns which field of one object (Kubernetes, "Server-Side Apply"). Immutable: every change gives a new one.
 */
export class FieldOwnership {
  static readonly NOBODY = new FieldOwnership([]);
  private readonly owners: readonly Owner[];

  private constructor(owners: readonly Owner[]) {
    this.owners = owners.filter(({ paths }) => paths.size > 0);
  }

  /**
   * Server-side apply of `applied` by a manager.
   *
   * @throws Failure 409 when others own a field with another value, unless `force`
   */
  apply(
    current: KubeObject,
    applied: KubeObject,
    manager: string,
    force: boolean,
  ): [KubeObject, FieldOwnership] {
    const wanted = toFields(applied);
    const held = toFields(current);
    const changed = changedPaths(held, wanted);
    const clashes = changed.filter((path) => this.isOwnedByOthers(path, manager));
    if (clashes.length > 0 && !force) {
      throw new Failure(409, 'Conflict', `Apply failed with ${clashes.length} conflicts`);
    }
    const before = this.find(manager, 'Apply')?.paths ?? new Set<string>();
    const dropped = [...before].filter((path) => !wanted.has(path) && !this.isOwnedByOthers(path, manager));
    const object = withFields(current, new Map(changed.map((path) => [path, wanted.get(path)])), dropped);
    const lost = new Set([...clashes, ...dropped]);
    return [
      object,
      this.without(lost).with({ manager, operation: 'Apply', paths: new Set(wanted.keys()), time: now() }),
    ];
  }

  /** Any other write: what it changed is its own from now on. */
  update(before: KubeObject, after: KubeObject, manager: string): FieldOwnership {
    const [held, wanted] = [toFields(before), toFields(after)];
    const changed = changedPaths(held, wanted);
    const gone = [...held.keys()].filter((path) => !wanted.has(path));
    const mine = this.find(manager, 'Update')?.paths ?? new Set<string>();
    const paths = new Set([...mine, ...changed].filter((path) => wanted.has(path)));
    return this.without(new Set([...changed, ...gone])).with({
      manager,
      operation: 'Update',
      paths,
      time: now(),
    });
  }

  /** `metadata.managedFields`. */
  toManagedFields(apiVersion: string): NonNullable<KubeObject['metadata']>['managedFields'] {
    return this.owners.map(({ manager, operation, paths, time }) => ({
      manager,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(paths),
    }));
  }

  equals(other: FieldOwnership): boolean {
    const shares = ({ owners }: FieldOwnership) => owners.map(({ time: _time, ...share }) => share);
    return isDeepStrictEqual(shares(this), shares(other));
  }

  private find(manager: string, operation: Owner['operation']): Owner | undefined {
    return this.owners.find((owner) => owner.manager === manager && owner.operation === operation);
  }

  private isOwnedByOthers(path: string, manager: string): boolean {
    return this.owners.some(
      (owner) => owner.paths.has(path) && !(owner.manager === manager && owner.operation === 'Apply'),
    );
  }

  private without(paths: ReadonlySet<string>): FieldOwnership {
    return new FieldOwnership(
      this.owners.map((owner) =>
        owner.paths.isDisjointFrom(paths) ? owner : { ...owner, paths: owner.paths.difference(paths) },
      ),
    );
  }

  private with(changed: Owner): FieldOwnership {
    const others = this.owners.filter(
      ({ manager, operation }) => manager !== changed.manager || operation !== changed.operation,
    );
    return new FieldOwnership([...others, changed]);
  }
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Whether two objects differ in any field that somebody can own. */
export function sameFields(a: KubeObject, b: KubeObject): boolean {
  const [left, right]: [Fields, Fields] = [toFields(a), toFields(b)];
  return left.size === right.size && changedPaths(left, right).length === 0;
}
