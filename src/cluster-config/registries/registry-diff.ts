import type { NamedEntry } from './named-entries.ts';

/** What a registry names. */
export interface NamingRegistry {
  readonly name: string;
  /** By cluster name. */
  readonly entries: ReadonlyMap<string, NamedEntry>;
  /** Names that stay its own although it does not give them now, since it is not `present`. */
  readonly reserved: ReadonlySet<string>;
}

/** An entry that counts, with the registry it is of. */
export interface OwnedEntry<Registry extends NamingRegistry = NamingRegistry> extends NamedEntry {
  readonly registry: Registry;
}

/** All registries taken together. */
export interface MergedEntries<Registry extends NamingRegistry = NamingRegistry> {
  /** By cluster name. */
  readonly entries: ReadonlyMap<string, OwnedEntry<Registry>>;
  /** Names that an earlier registry has, by the registry that gives them, too: cluster and owner. */
  readonly shadowed: ReadonlyMap<Registry, ReadonlyMap<string, Registry>>;
}

/** A name belongs to the first registry that gives it. */
export function mergeEntries<Registry extends NamingRegistry>(
  registries: readonly Registry[],
): MergedEntries<Registry> {
  const entries = new Map<string, OwnedEntry<Registry>>();
  const shadowed = new Map<Registry, Map<string, Registry>>();
  const owners = new Map<string, Registry>();
  for (const [index, registry] of registries.entries()) {
    for (const [cluster, { entry, refusal }] of registry.entries) {
      const owner = index === 0 ? undefined : owners.get(cluster);
      if (owner) shadowed.set(registry, (shadowed.get(registry) ?? new Map()).set(cluster, owner));
      else entries.set(cluster, { entry, registry, ...(refusal && { refusal }) });
    }
    if (index === registries.length - 1) break;
    for (const cluster of [...registry.entries.keys(), ...registry.reserved])
      if (!owners.has(cluster)) owners.set(cluster, registry);
  }
  return { entries, shadowed };
}

/** What differs between the entries that are known and those that there are now. Names are sorted. */
export interface EntriesDiff {
  /** New, or with another content: to be judged. */
  readonly fresh: readonly string[];
  /** Known, and no longer there. */
  readonly gone: readonly string[];
}

/** Compares by content, so that a registry of a thousand entries of which one changed costs one judgement. */
export function compareEntries(
  known: ReadonlyMap<string, OwnedEntry>,
  entries: ReadonlyMap<string, OwnedEntry>,
): EntriesDiff {
  const fresh = [...entries].filter(([name, owned]) => !isSame(known.get(name), owned)).map(([name]) => name);
  const gone = [...known.keys()].filter((name) => !entries.has(name));
  return { fresh: fresh.toSorted(), gone: gone.toSorted() };
}

function isSame(known: OwnedEntry | undefined, owned: OwnedEntry): boolean {
  return (
    known !== undefined &&
    known.registry === owned.registry &&
    known.entry.content === owned.entry.content &&
    known.refusal?.message === owned.refusal?.message
  );
}
