import { formatTable } from '../table.ts';
import type { Display, Tone } from '../terminal.ts';
import type { KeyChange } from './key-changes.ts';

const MARKS: Record<KeyChange['change'], { mark: string; tone: Tone }> = {
  added: { mark: '+', tone: 'good' },
  changed: { mark: '~', tone: 'warning' },
  removed: { mark: '-', tone: 'bad' },
};

/** What a sync would change, for people. */
export function diffTable(
  { writes, changes }: { writes: boolean; changes: readonly KeyChange[] },
  display: Display,
): string {
  if (!writes) return 'The aggregate is up to date; nothing would be written.';
  if (changes.length === 0)
    return 'Every key stays as it is; labels or annotations of the aggregate would change.';
  return formatTable(
    ['', 'CLUSTER', 'BEFORE', 'AFTER', 'KEYS'],
    changes.map(({ cluster, change, before, after, keys }) => {
      const { mark, tone } = MARKS[change];
      const paint = (text: string) => display.tone(tone, text);
      return [{ text: mark, paint }, { text: cluster, paint }, size(before), size(after), keyNames(keys)];
    }),
    display.columns,
  );
}

function size(content: KeyChange['before']): string {
  return content ? `${content.bytes} bytes` : '';
}

function keyNames(keys: KeyChange['keys']): string {
  return (['added', 'changed', 'removed'] as const)
    .flatMap((change) => keys[change].map((name) => MARKS[change].mark + name))
    .join(' ');
}
