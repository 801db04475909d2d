/** How an entry is, worst first; `warning`: it is accepted, and something about it is most likely not meant. */
export const ENTRY_STATES = ['refused', 'warning', 'accepted'] as const;

/** One of {@link ENTRY_STATES}. */
export type EntryState = (typeof ENTRY_STATES)[number];
