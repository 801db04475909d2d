import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import type { WritePlan } from '../../storage-sync/publishing/aggregate/write-plan.ts';

/** What becomes of one key of the aggregate. Nothing of a content but its size and the names in it. */
export interface KeyChange {
  cluster: string;
  change: 'added' | 'changed' | 'removed';
  /** Sizes in bytes. */
  before?: { bytes: number };
  after?: { bytes: number };
  /** Names of the keys of the source that come, change and go. */
  keys: { added: string[]; changed: string[]; removed: string[] };
}

/**
 * What a write would change, key by key, sorted by name.
 *
 * @param held what the hub holds; undefined when there is no aggregate
 */
export function keyChanges(
  held: Pick<SecretSnapshot, 'data'> | undefined,
  { set, remove }: Pick<WritePlan, 'set' | 'remove'>,
): KeyChange[] {
  return [...set.keys(), ...remove].toSorted().map((cluster): KeyChange => {
    const [before, after] = [held?.data.get(cluster), set.get(cluster)];
    return {
      cluster,
      change: after === undefined ? 'removed' : before === undefined ? 'added' : 'changed',
      ...(before !== undefined && { before: { bytes: bytesOf(before) } }),
      ...(after !== undefined && { after: { bytes: bytesOf(after) } }),
      keys: compare(membersOf(before), membersOf(after)),
    };
  });
}

function compare(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): KeyChange['keys'] {
  const names = (of: ReadonlyMap<string, unknown>, test: (name: string) => boolean) =>
    [...of.keys()].filter(test).toSorted();
  return {
    added: names(after, (name) => !before.has(name)),
    changed: names(after, (name) => before.has(name) && before.get(name) !== after.get(name)),
    removed: names(before, (name) => !after.has(name)),
  };
}

/** Of what nobody can read only one thing can be said: its size. */
function membersOf(encoded: string | undefined): Map<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded ?? '', 'base64').toString('utf8'));
    return typeof value === 'object' && !Array.isArray(value)
      ? new Map(Object.entries(value ?? {}))
      : new Map();
  } catch {
    return new Map();
  }
}

function bytesOf(encoded: string): number {
  return Buffer.byteLength(encoded, 'base64');
}
