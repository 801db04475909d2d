import { until } from '../age.ts';
import type { Terminal } from '../terminal.ts';

/** An API server that gives less than this share of what was asked for is worth a word. */
const NEARLY = 0.9;

/** Says when a new token ends, and when that is sooner than was asked for. */
export function noteExpiry(terminal: Terminal, expires: Date, askedForMs: number): void {
  const leftMs = expires.getTime() - Date.now();
  const shorter = leftMs < NEARLY * askedForMs ? ', sooner than asked for: the API server gives no more' : '';
  terminal.note(`its token ends on ${expires.toISOString()} (${until(leftMs)})${shorter}`);
}
