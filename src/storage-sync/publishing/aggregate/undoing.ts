import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { AGGREGATE_LABEL, MANAGED_BY, MANAGED_BY_LABEL, OUR_ANNOTATIONS } from './aggregate.ts';

/** A write of somebody else that undid ours. */
export interface Undoing {
  /** Whether the aggregate is gone. */
  readonly deleted: boolean;
  /** Field manager; undefined where Kubernetes does not tell. */
  readonly manager: string | undefined;
}

/** Nobody did yet. */
export const NOT_UNDONE: Undoing = { deleted: false, manager: undefined };

/**
 * Who undid what we had written.
 *
 * @param secret what is there now
 */
export function undoingOf(secret: SecretSnapshot | undefined, confirmed: SecretSnapshot): Undoing {
  return { deleted: !secret, manager: secret && undoerOf(secret, confirmed) };
}

/** Whether nothing of it was changed that is ours. */
export function holdsTheSame(secret: SecretSnapshot | undefined, confirmed: SecretSnapshot): boolean {
  return (
    secret !== undefined &&
    [MANAGED_BY_LABEL, AGGREGATE_LABEL].every(
      (name) => secret.labels.get(name) === confirmed.labels.get(name),
    ) &&
    OUR_ANNOTATIONS.every((name) => secret.annotations.get(name) === confirmed.annotations.get(name)) &&
    secret.data.size === confirmed.data.size &&
    [...secret.data].every(([name, encoded]) => confirmed.data.get(name) === encoded)
  );
}

/**
 * Who wrote last. Of two in the same second it is not us; if it is, there is another exporter. But where somebody only removed
 * some, Kubernetes does not tell: it forgets who owns no field.
 */
function undoerOf(secret: SecretSnapshot, confirmed: SecretSnapshot): string | undefined {
  const newest = secret.owners
    .toSorted(
      (a, b) =>
        a.time.localeCompare(b.time) || Number(b.manager === MANAGED_BY) - Number(a.manager === MANAGED_BY),
    )
    .at(-1)?.manager;
  return newest === MANAGED_BY && isPartOf(secret, confirmed) ? undefined : newest;
}

function isPartOf(secret: SecretSnapshot, confirmed: SecretSnapshot): boolean {
  return (
    [...secret.data].every(([name, encoded]) => confirmed.data.get(name) === encoded) &&
    OUR_ANNOTATIONS.every((name) =>
      [undefined, confirmed.annotations.get(name)].includes(secret.annotations.get(name)),
    )
  );
}
