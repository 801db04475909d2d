/** One line of a container's log, with the time that the kubelet gave it (RFC 3339, UTC). */
export interface LogLine {
  readonly time: string;
  readonly text: string;
}

/** Reads the answer to pods/log with `timestamps=true` (Kubernetes API reference, "Pod v1 core"). */
export async function* readLogLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogLine, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield parse(line);
  }
  if (rest !== '') yield parse(rest);
}

/** Whether a time is later than another one; fractions of a second may have any number of digits. */
export function isAfter(time: string, other: string): boolean {
  return comparable(time) > comparable(other);
}

/** Whether a line of the exporter's log is about one of these clusters. Without any, each line is meant. */
export function concerns(line: string, clusters: readonly string[]): boolean {
  if (clusters.length === 0) return true;
  try {
    const fields: unknown[] = Object.values(JSON.parse(line) as object);
    return fields.flat().some((value) => typeof value === 'string' && clusters.includes(value));
  } catch {
    return false;
  }
}

function parse(line: string): LogLine {
  const end = line.indexOf(' ');
  return { time: line.slice(0, end), text: line.slice(end + 1) };
}

function comparable(time: string): string {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
