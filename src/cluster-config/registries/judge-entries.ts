import type { EntryPolicy, EntryVerdict } from '../entries/entry.ts';
import { checkEntry } from '../entries/entry-checker.ts';

/** An entry of the registry that is a Secret, with our verdict. */
export interface JudgedEntry {
  readonly name: string;
  readonly verdict: EntryVerdict;
}

/**
 * Judges every entry of the registry that is a Secret, as the service does.
 *
 * @param data base64 text by cluster name
 * @returns sorted by name
 */
export function judgeEntries(data: ReadonlyMap<string, string>, policy: EntryPolicy): JudgedEntry[] {
  return [...data]
    .map(([name, text]) => ({ name, verdict: checkEntry(Buffer.from(text, 'base64'), policy) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
