import { formatTable } from '../table.ts';
import type { Display, Tone } from '../terminal.ts';
import type { KeyChange } from './sync-plan.ts';

const MARKS: Record<KeyChange['change'], { mark: string; tone: Tone }> = {
  added: { mark: '+', tone: 'good' },
  changed: { mark: '~', tone: 'warning' },
  removed: { mark: '-', tone: 'bad' },
};

/** What would change, for people. */
export function planTable(
  { writes, changes }: { writes: boolean; changes: readonly KeyChange[] },
  display: Display,
): string {
  if (!writes) return 'The aggregate holds what it shall; nothing would be written.';
  if (changes.length === 0)
    return 'Every key stays as it is; labels or annotations of the aggregate would change.';
  return formatTable(
    ['', 'CLUSTER', 'BEFORE', 'AFTER'],
    changes.map(({ cluster, change, before, after }) => {
      const { mark, tone } = MARKS[change];
      const paint = (text: string) => display.tone(tone, text);
      return [{ text: mark, paint }, { text: cluster, paint }, describe(before), describe(after)];
    }),
  );
}

function describe(content: KeyChange['before']): string {
  return content ? `${content.bytes} bytes, sha256 ${content.sha256}` : '';
}
