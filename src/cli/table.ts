/** A cell: its text, and what to do to it once its width is counted. */
export type Cell = string | { text: string; paint: (text: string) => string };

const GAP = '   ';

/**
 * Columns as kubectl prints them, below a header in capitals.
 *
 * @param columns the longest line that fits; the last column is cut to it. Undefined: nothing is cut
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  columns?: number,
): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => textOf(line[column]).length)));
  const last = header.length - 1;
  const room =
    columns === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(
          (header[last] ?? '').length,
          columns - widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0),
        );
  return lines
    .map((line) =>
      header
        .map((_, column) => formatCell(line[column], column === last ? { room } : { width: widths[column] }))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

function formatCell(cell: Cell | undefined, { width = 0, room = Number.POSITIVE_INFINITY }): string {
  const text = textOf(cell);
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  const painted = typeof cell === 'object' ? cell.paint(shown) : shown;
  return painted + ' '.repeat(Math.max(0, width - shown.length));
}

function textOf(cell: Cell = ''): string {
  return typeof cell === 'string' ? cell : cell.text;
}
