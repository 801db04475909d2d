import { type EntryPolicy, EntryRefused, type EntryVerdict, refuseInvalid } from './entry.ts';
import { buildEndpoint } from './endpoint-builder.ts';
import { readEntryDocument } from './entry-document.ts';
import { readKubeconfig } from './kubeconfig-format.ts';
import { readPrimusLensEntry } from './primus-lens-format.ts';

/** The longest entry that is looked at. */
export const MAX_ENTRY_BYTES = 64 * 1024;

const EMPTY: EntryVerdict = {
  refused: {
    reason: 'invalid_entry',
    message: 'The entry is empty.',
    remedy: 'Write a kubeconfig, or remove the key.',
    empty: true,
  },
};

/**
 * Judges one entry of the registry: text that anyone who can write the registry may choose. The text is parsed as data, its
 * fields are checked against an allow-list, and what remains is an endpoint; it never reaches a library that loads
 * kubeconfigs, since those read files and start programs that a kubeconfig names.
 *
 * Pure, and never throws.
 */
export function checkEntry(value: Buffer, policy: EntryPolicy): EntryVerdict {
  try {
    if (value.length > MAX_ENTRY_BYTES)
      refuseInvalid(`The entry is longer than ${MAX_ENTRY_BYTES} bytes.`, 'Shorten it.');
    if (value.toString('utf8').trim() === '') return EMPTY;
    const document = readEntryDocument(value.toString('utf8'));
    const fields =
      'host' in document || 'kubeconfig' in document
        ? readPrimusLensEntry(document)
        : readKubeconfig(document);
    return { accepted: buildEndpoint(fields, policy) };
  } catch (error) {
    if (error instanceof EntryRefused) return { refused: error.refusal };
    // A parser met input that nobody foresaw. Its error may quote the entry, so nothing of it is passed on.
    return {
      refused: { reason: 'invalid_entry', message: 'The entry cannot be parsed.', remedy: 'Write it again.' },
    };
  }
}
