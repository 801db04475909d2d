import type { ClusterEndpoint } from '../kube/cluster-client.ts';

/** What the settings allow an entry to ask for. */
export interface EntryPolicy {
  allowInsecureTls: boolean;
  allowProxy: boolean;
}

/** What a refused entry did wrong, without a value of it. */
export interface EntryRefusal {
  /** `invalid_entry`: it cannot be used. `unsafe_entry`: it could, and must not be. */
  reason: 'invalid_entry' | 'unsafe_entry';
  /** One sentence for the operator; names the field. */
  message: string;
  /** An empty value is passed over with a warning: nobody meant it to work. */
  empty?: boolean;
}

/** An entry that may be used. */
export interface AcceptedEntry {
  endpoint: ClusterEndpoint;
  /** Sentences for the operator about what works but is most likely not meant. */
  warnings: readonly string[];
}

/** The outcome of checking one entry. */
export type EntryVerdict = { accepted: AcceptedEntry } | { refused: EntryRefusal };

/** Thrown inside the checks of an entry, to end them; `checkEntry` turns it into a verdict. */
export class EntryRefused extends Error {
  constructor(readonly refusal: EntryRefusal) {
    super(refusal.message);
  }
}

/** @throws EntryRefused with `invalid_entry` */
export function invalid(message: string): never {
  throw new EntryRefused({ reason: 'invalid_entry', message });
}

/** @throws EntryRefused with `unsafe_entry` */
export function unsafe(message: string): never {
  throw new EntryRefused({ reason: 'unsafe_entry', message });
}
