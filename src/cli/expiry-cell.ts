import { endsSoonFrom } from '../cluster-config/credentials/credential-expiry.ts';
import { until } from './age.ts';
import type { Cell } from './table.ts';
import type { Display } from './terminal.ts';

/** When the first of several credentials expires; empty when none says so. */
export function expiryCell(
  expiries: readonly { readonly expires: Date | string; readonly issued?: Date | string }[],
  display: Display,
  now = Date.now(),
): Cell {
  const endOf = ({ expires }: { readonly expires: Date | string }) => new Date(expires).getTime();
  const [first] = expiries.toSorted((a, b) => endOf(a) - endOf(b));
  if (first === undefined) return '';
  const leftMs = endOf(first) - now;
  if (leftMs <= 0) return { text: 'expired', paint: (text) => display.tone('bad', text) };
  return {
    text: until(leftMs),
    paint: (text) => (endsSoonFrom(first) < now ? display.tone('warning', text) : text),
  };
}
