import { type Cell, formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { until } from '../age.ts';
import type { RegistryEntry } from './registry-entries.ts';

const CREDENTIALS = { token: 'token', client_certificate: 'certificate' };

/** Entries for people. */
export function registryTable(entries: readonly RegistryEntry[], terminal: Terminal, wide: boolean): string {
  if (entries.length === 0) return 'The registry has no entry.';
  const header = ['NAME', 'VERDICT', 'CREDENTIALS', 'EXPIRES', 'SERVER', ...(wide ? ['MESSAGE'] : [])];
  const rows = entries.map((entry): Cell[] => [
    entry.name,
    verdictCell(entry, terminal),
    (entry.credentials ?? []).map((kind) => CREDENTIALS[kind]).join(','),
    expiresCell(entry, terminal),
    entry.server ?? '',
    ...(wide ? [entry.messages.join(' ')] : []),
  ]);
  return formatTable(header, rows, wide ? undefined : terminal.columns);
}

function verdictCell({ verdict, reason, messages }: RegistryEntry, terminal: Terminal): Cell {
  if (verdict === 'refused') return { text: reason ?? verdict, paint: (text) => terminal.tone('bad', text) };
  if (messages.length > 0) return { text: 'warning', paint: (text) => terminal.tone('warning', text) };
  return { text: verdict, paint: (text) => terminal.tone('good', text) };
}

function expiresCell({ expiries = [] }: RegistryEntry, terminal: Terminal): Cell {
  const [first] = expiries.map(({ expires }) => expires).toSorted((a, b) => a.getTime() - b.getTime());
  if (!first) return '';
  const leftMs = first.getTime() - Date.now();
  if (leftMs <= 0) return { text: 'expired', paint: (text) => terminal.tone('bad', text) };
  return {
    text: until(leftMs),
    paint: (text) => (leftMs < 7 * 86_400_000 ? terminal.tone('warning', text) : text),
  };
}
