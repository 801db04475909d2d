/** A moment as `MicroTime` wants it: RFC 3339 with exactly six digits of a second's fraction. */
export function microTime(date: Date): string {
  return date.toISOString().replace(/Z$/, '000Z');
}
