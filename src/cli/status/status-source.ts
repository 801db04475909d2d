import type { StatusDocument } from './status-document.ts';

/**
 * Asks the leader for its status. Can be asked again and again.
 *
 * @throws CommandFailedError
 */
export type StatusSource = (signal: AbortSignal) => Promise<StatusDocument>;
