/** Control and format characters: with them one name could look like another (Unicode TR 36). */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Untrusted text for display, with invisible characters escaped. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code > 0xffff ? `{${code.toString(16)}}` : code.toString(16).padStart(4, '0')}`;
  });
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** `34 s`, `5 min`, `3 h`, `12 d`: rounded down. @param ms milliseconds; less than none is none */
export function duration(ms: number): string {
  const [size, unit] = UNITS.find(([each]) => ms >= each) ?? [1_000, 's'];
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`;
}

/** `320 ms`, `1.4 s`, `12 s`: for short durations. */
export function shortDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : duration(ms);
}

/** `1.3 KiB`, `12 KiB`, `1 MiB`: rounded up, with one decimal below ten. */
export function binarySize(bytes: number): string {
  const kib = bytes / 1_024;
  const [value, unit] = kib < 1_024 ? [kib, 'KiB'] : [kib / 1_024, 'MiB'];
  return `${value < 10 ? Math.ceil(value * 10) / 10 : Math.ceil(value)} ${unit}`;
}

/** `1 cluster`, `1,204 clusters`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}

/** `ClusterUnreachable` as a title: `Cluster unreachable`. */
export function titleOf(code: string): string {
  const words = visible(code)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `not_found` as text: `not found`. */
export function reasonText(reason: string): string {
  return visible(reason).replaceAll('_', ' ');
}

/** The time of day, with the date if it is not today. */
export function clockTime(time: number, nowMs: number): string {
  const [moment, today] = [new Date(time), new Date(nowMs)];
  const clock = moment.toLocaleTimeString('en-GB');
  if (moment.toDateString() === today.toDateString()) return clock;
  return `${moment.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock}`;
}

/** An object by namespace and name. */
export function nameOf({ namespace, name }: { namespace: string; name: string }): string {
  return visible(`${namespace}/${name}`);
}
