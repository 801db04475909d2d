import { describe, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

/** A terminal of this size, and the lines that it shows after it was cleared. */
function aTerminal(size: { rows: number; columns: number }) {
  const written: string[] = [];
  const stdout = {
    ...size,
    isTTY: true,
    on: () => undefined,
    write: (text: string) => written.push(text),
    cursorTo: () => undefined,
    clearScreenDown: () => (written.length = 0),
  };
  const terminal = new Terminal({}, stdout as unknown as NodeJS.WriteStream);
  return { terminal, lines: () => written.join('').trimEnd().split('\n') };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

describe('a screen that is drawn again', () => {
  it('shows everything, as long as there is room for the cursor below it', () => {
    const { terminal, lines } = aTerminal({ rows: 5, columns: 40 });

    terminal.redraw(numbered(4).join('\n'));

    expect(lines()).toEqual(['line 1', 'line 2', 'line 3', 'line 4']);
  });

  it('leaves out what would make it scroll', () => {
    const { terminal, lines } = aTerminal({ rows: 5, columns: 40 });

    terminal.redraw(numbered(5).join('\n'));

    expect(lines()).toEqual(['line 1', 'line 2', 'line 3', '…']);
  });

  it('counts a line as often as it wraps, and no colours', () => {
    const { terminal, lines } = aTerminal({ rows: 5, columns: 10 });

    terminal.redraw(['\u001b[32mten letter\u001b[39m', 'x'.repeat(21), 'more'].join('\n'));

    expect(lines()).toEqual(['\u001b[32mten letter\u001b[39m', '…']);
  });

  it('takes 24 lines of 80 columns for granted where the terminal does not know its size', () => {
    const { terminal, lines } = aTerminal({ rows: 0, columns: 0 });

    terminal.redraw(numbered(30).join('\n'));

    expect(terminal.columns).toBeUndefined();
    expect(lines()).toHaveLength(23);
  });
});
