import type { EntryRefusal } from '../entries/entry.ts';
import { clusterNameOf } from './cluster-name.ts';
import type { RegistryEntry } from './registry-source.ts';

/** An entry under the name that its cluster has here. */
export interface NamedEntry {
  readonly entry: RegistryEntry;
  /** Why it cannot be used, whatever it holds. */
  readonly refusal?: EntryRefusal;
}

/** How many are spelled out in a message. */
const MOST_ORIGINS = 3;

/** Gives every entry of a registry the name of a cluster. Two that get the same are both refused: nobody knows which is meant. */
export function nameEntries(entries: Iterable<RegistryEntry>): Map<string, NamedEntry> {
  const named = new Map<string, NamedEntry>();
  const clashing = new Map<string, RegistryEntry[]>();
  for (const entry of entries) {
    const cluster = clusterNameOf(entry.name);
    const name = cluster ?? `${entry.origin ?? 'entry'} (no usable name)`;
    const other = named.get(name);
    if (!other) named.set(name, cluster === undefined ? { entry, refusal: UNNAMED } : { entry });
    else clashing.set(name, [...(clashing.get(name) ?? [other.entry]), entry]);
  }
  for (const [name, clash] of clashing) {
    const [first] = clash;
    if (first) named.set(name, { entry: first, refusal: clashOf(clash) });
  }
  return named;
}

const UNNAMED: EntryRefusal = {
  reason: 'invalid_entry',
  message: 'The name of the entry cannot be that of a key in a Secret.',
  remedy: 'Give the cluster a name of letters, digits, -, _ and .',
};

function clashOf(entries: readonly RegistryEntry[]): EntryRefusal {
  const which = entries.map(({ name, origin }) =>
    origin === undefined ? `"${name}"` : `"${name}" in ${origin}`,
  );
  const more = which.length - MOST_ORIGINS;
  const listed =
    which.toSorted().slice(0, MOST_ORIGINS).join(' and ') + (more > 0 ? ` and ${more} more` : '');
  return {
    reason: 'invalid_entry',
    message: `Several entries of the registry give this name: ${listed}.`,
    remedy: 'Rename or remove all but one.',
  };
}
