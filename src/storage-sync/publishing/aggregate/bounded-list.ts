const SEPARATOR = ',';

/**
 * Items as one text that is no longer than a limit: what does not fit is left out and counted, `a,b,… and 3 more`.
 *
 * @param items without commas
 * @param limit in bytes; the items are ASCII
 */
export function boundedList(items: readonly string[], limit: number): string {
  const all = items.join(SEPARATOR);
  if (all.length <= limit) return all;
  let kept = 0;
  let length = 0;
  for (const item of items) {
    const longer = length + item.length + SEPARATOR.length;
    if (longer + Buffer.byteLength(ending(items.length - kept - 1)) > limit) break;
    length = longer;
    kept++;
  }
  const more = ending(items.length - kept);
  return Buffer.byteLength(more) > limit ? '' : [...items.slice(0, kept), more].join(SEPARATOR);
}

/** The items of such a text, but for those that were left out. */
export function listedItems(text: string | undefined): string[] {
  if (text === undefined || text === '') return [];
  return text.split(SEPARATOR).filter((item) => !item.startsWith('…'));
}

function ending(left: number): string {
  return `… and ${left} more`;
}
