import { EXPIRES_SOON_MS } from '../cluster-config/credentials/credential-expiry.ts';
import { until } from './age.ts';
import type { Cell } from './table.ts';
import type { Display } from './terminal.ts';

/** When the first of several credentials ends; empty when none says so. */
export function expiryCell(
  expiries: readonly { readonly expires: Date | string }[],
  display: Display,
  now = Date.now(),
): Cell {
  const [first] = expiries.map(({ expires }) => new Date(expires).getTime()).toSorted((a, b) => a - b);
  if (first === undefined) return '';
  const leftMs = first - now;
  if (leftMs <= 0) return { text: 'expired', paint: (text) => display.tone('bad', text) };
  return {
    text: until(leftMs),
    paint: (text) => (leftMs < EXPIRES_SOON_MS ? display.tone('warning', text) : text),
  };
}
