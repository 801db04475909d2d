import type { Explanation } from '../../base/errors/explanation.ts';
import type { ClusterEndpoint } from '../../kube/http/cluster-client.ts';

/** What the settings allow an entry to ask for. */
export interface EntryPolicy {
  allowInsecureTls: boolean;
  allowProxy: boolean;
  /** `primus-lens`: readers of Primus-Lens read the registry, too, and know its own form of entries alone. */
  payloadCheck?: 'none' | 'primus-lens';
}

/** What a refused entry did wrong, without a value of it. The message names the field. */
export interface EntryRefusal extends Required<Explanation> {
  /** `invalid_entry`: it cannot be used. `unsafe_entry`: it could, and must not be. */
  readonly reason: 'invalid_entry' | 'unsafe_entry';
  readonly remedy: string;
  /** An empty value is skipped with a warning: nobody meant it to work. */
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

const CORRECT_IT = 'Correct the entry in the registry.';

/** Refuses an entry that cannot be used; within `verdictOf`. @throws EntryRefused with `invalid_entry` */
export function refuseInvalid(message: string, remedy = CORRECT_IT): never {
  throw new EntryRefused({ reason: 'invalid_entry', message, remedy });
}

/** Refuses an entry that could be used, and must not be; within `verdictOf`. @throws EntryRefused with `unsafe_entry` */
export function refuseUnsafe(message: string, remedy = CORRECT_IT): never {
  throw new EntryRefused({ reason: 'unsafe_entry', message, remedy });
}
