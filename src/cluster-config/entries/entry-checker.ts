import {
  type AcceptedEntry,
  type EntryPolicy,
  EntryRefused,
  type EntryVerdict,
  refuseInvalid,
} from './entry.ts';
import { type EntryDocument, readEntryDocument } from './entry-document.ts';
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
  return checkText(value, (document) =>
    'host' in document || 'kubeconfig' in document
      ? readPrimusLensEntry(document, policy)
      : withWarning(readKubeconfig(document, policy), policy),
  );
}

/** Readers of Primus-Lens decode every entry of the registry, and stop at the first that they cannot. */
function withWarning(accepted: AcceptedEntry, { payloadCheck }: EntryPolicy): AcceptedEntry {
  if (payloadCheck !== 'primus-lens') return accepted;
  const warning =
    'The entry is a kubeconfig. Components of Primus-Lens that read the registry cannot decode it and fail for all clusters; write it in the JSON form of Primus-Lens, as `mcce cluster add` does.';
  return { ...accepted, warnings: [...accepted.warnings, warning] };
}

/** Judges the text of a kubeconfig, and takes no other format. Pure, and never throws. */
export function checkKubeconfig(value: Buffer, policy: EntryPolicy): EntryVerdict {
  return checkText(value, (document) => readKubeconfig(document, policy));
}

/** What comes of the checks of an entry. Never throws. @param check may throw what refuses an entry */
export function verdictOf(check: () => AcceptedEntry): EntryVerdict {
  try {
    return { accepted: check() };
  } catch (error) {
    if (error instanceof EntryRefused) return { refused: error.refusal };
    // A parser met input that nobody foresaw. Its error may quote the entry, so nothing of it is passed on.
    return {
      refused: { reason: 'invalid_entry', message: 'The entry cannot be parsed.', remedy: 'Write it again.' },
    };
  }
}

function checkText(value: Buffer, read: (document: EntryDocument) => AcceptedEntry): EntryVerdict {
  const text = value.length > MAX_ENTRY_BYTES ? undefined : value.toString('utf8');
  if (text?.trim() === '') return EMPTY;
  return verdictOf(() => {
    if (text === undefined)
      refuseInvalid(`The entry is longer than ${MAX_ENTRY_BYTES} bytes.`, 'Shorten it.');
    return read(readEntryDocument(text));
  });
}
