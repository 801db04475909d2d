import { type Cell, formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { expiryCell } from '../expiry-cell.ts';
import { counted } from '../selection.ts';
import { ENTRY_STATES } from './entry-state.ts';
import { entryState, type RegistryEntry } from './registry-entries.ts';

const CREDENTIALS = { token: 'token', client_certificate: 'certificate' };

/** Entries for people. */
export function registryTable(entries: readonly RegistryEntry[], terminal: Terminal, wide: boolean): string {
  if (entries.length === 0) return 'No entry.';
  const hasOthers = entries.some(({ registry }) => registry !== undefined);
  const header = [
    'NAME',
    'VERDICT',
    'CREDENTIALS',
    'EXPIRES',
    'SERVER',
    ...(hasOthers ? ['REGISTRY'] : []),
    ...(wide ? ['MESSAGE'] : []),
  ];
  const rows = entries.map((entry): Cell[] => [
    entry.name,
    verdictCell(entry, terminal),
    (entry.credentials ?? []).map((kind) => CREDENTIALS[kind]).join(','),
    expiryCell(entry.expiries ?? [], terminal),
    entry.server ?? '',
    ...(hasOthers ? [entry.registry ?? ''] : []),
    ...(wide ? [entry.messages.join(' ')] : []),
  ]);
  const counts = counted(['entry', 'entries'], entries.map(entryState), ENTRY_STATES);
  return `${counts}\n\n${formatTable(header, rows, wide ? undefined : terminal.columns)}`;
}

function verdictCell({ verdict, reason, messages }: RegistryEntry, terminal: Terminal): Cell {
  if (verdict === 'refused') return { text: reason ?? verdict, paint: (text) => terminal.tone('bad', text) };
  if (messages.length > 0) return { text: 'warning', paint: (text) => terminal.tone('warning', text) };
  return { text: verdict, paint: (text) => terminal.tone('good', text) };
}
