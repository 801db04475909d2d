const UNITS = [
  ['y', 365 * 86_400],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** A span of time in its largest unit that fits twice, as kubectl writes ages: `90s`, `5m`, `47h`, `12d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [unit, length] = UNITS.find(([, unitSeconds]) => seconds >= 2 * unitSeconds) ?? ['s', 1];
  return `${Math.floor(seconds / length)}${unit}`;
}

/** The same for what is to come: `in 12d`. */
export function until(ms: number): string {
  return `in ${span(ms)}`;
}

/** How long ago something was. */
export function since(time: Date | string, now = Date.now()): string {
  return span(now - new Date(time).getTime());
}
