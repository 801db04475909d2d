import { createHash } from 'node:crypto';
import type { EntryPolicy, EntryVerdict } from '../entries/entry.ts';
import { checkEntry } from '../entries/entry-checker.ts';

/** What differs between the entries that are known and those that the registry now holds. Names are sorted. */
export interface RegistryDiff {
  /** Accepted and not known before. */
  added: JudgedEntry[];
  /** Accepted and known with other content, or refused before. */
  changed: JudgedEntry[];
  /** Refused, and not known with this content. */
  rejected: JudgedEntry[];
  /** Known, and no longer there. */
  removed: string[];
}

/** An entry whose content is new to us, with our verdict. */
export interface JudgedEntry {
  name: string;
  hash: string;
  verdict: EntryVerdict;
}

/** The registry as it was compared last. All by cluster name. */
export interface KnownRegistry {
  /** Content hashes of accepted and refused entries alike. */
  readonly hashes: ReadonlyMap<string, string>;
  /** The data, base64 text. */
  readonly data: ReadonlyMap<string, string>;
}

/** Nothing was compared yet: all is new. */
export const NOTHING_KNOWN: KnownRegistry = { hashes: new Map(), data: new Map() };

/**
 * Compares by content hash, so that only new content is judged: a registry of a thousand entries of which one changed
 * costs one parse. Only text that differs is decoded and hashed.
 *
 * @param data what the registry holds now, base64 text by cluster name
 */
export function diffRegistry(
  known: KnownRegistry,
  data: ReadonlyMap<string, string>,
  policy: EntryPolicy,
): RegistryDiff {
  const diff: RegistryDiff = { added: [], changed: [], rejected: [], removed: [] };
  for (const name of [...data.keys()].toSorted()) {
    const text = data.get(name) ?? '';
    if (known.data.get(name) === text) continue;
    const value = Buffer.from(text, 'base64');
    const hash = createHash('sha256').update(value).digest('hex');
    const knownHash = known.hashes.get(name);
    if (knownHash === hash) continue;
    const entry = { name, hash, verdict: checkEntry(value, policy) };
    if ('refused' in entry.verdict) diff.rejected.push(entry);
    else if (knownHash === undefined) diff.added.push(entry);
    else diff.changed.push(entry);
  }
  diff.removed = [...known.hashes.keys()].filter((name) => !data.has(name)).toSorted();
  return diff;
}
