import type { StatusDocument } from './status-document.ts';

/**
 * Asks the leader for its status. Can be asked repeatedly.
 *
 * @throws CommandFailedError
 */
export type StatusSource = (signal: AbortSignal) => Promise<StatusDocument>;
