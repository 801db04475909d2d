import { createHash } from 'node:crypto';
import { styleText } from 'node:util';
import type { StatusJson } from '../support/exporter-process.ts';

const STATE_COLOUR = {
  synced: 'green',
  pending: 'cyan',
  stale: 'yellow',
  missing: 'yellow',
  rejected: 'red',
} as const;
const NEWS_LINES = 8;
/** Clears the terminal and goes to its top. */
const CLEAR = '\u001b[2J\u001b[H';

/** What the demo shows: a table that is drawn anew on a terminal, and plain lines elsewhere. */
export class DemoScreen {
  private readonly news: string[] = [];
  private readonly live = process.stdout.isTTY;
  private drawn = '';

  /** Tells what the demo is doing. */
  say(text: string): void {
    const time = new Date().toTimeString().slice(0, 8);
    this.news.push(`${styleText('dim', time)}  ${text}`);
    if (!this.live) process.stdout.write(`${time}  ${text}\n`);
  }

  /** Shows the aggregate's keys, without their values, beside the states. Elsewhere than on a terminal only if they changed. */
  show(status: StatusJson, aggregate: ReadonlyMap<string, string>): void {
    const table = renderTable(status, aggregate);
    if (!this.live) {
      if (table !== this.drawn) process.stdout.write(`${table}\n`);
      this.drawn = table;
      return;
    }
    const news = this.news.slice(-NEWS_LINES).join('\n');
    process.stdout.write(
      `${CLEAR}${styleText('bold', 'multi-cluster-config-exporter')}: three clusters, one Secret. Ctrl-C ends it.\n\n${table}\n\n${news}\n`,
    );
  }
}

function renderTable(status: StatusJson, aggregate: ReadonlyMap<string, string>): string {
  const rows = status.clusters.map(({ name, state, reason = '' }) => {
    const value = aggregate.get(name);
    const key = value === undefined ? 'no key' : `${Buffer.byteLength(value)} B  sha256 ${digest(value)}`;
    return `  ${name.padEnd(8)}${styleText(STATE_COLOUR[state], state.padEnd(10))}${reason.padEnd(16)}${key}`;
  });
  const head = styleText(
    'dim',
    `  ${'CLUSTER'.padEnd(8)}${'STATE'.padEnd(10)}${'REASON'.padEnd(16)}KEY IN multi-storage-config`,
  );
  return [head, ...rows].join('\n');
}

/** Enough to see that a value changed, and nothing of it. */
function digest(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}
