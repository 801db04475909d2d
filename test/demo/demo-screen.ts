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
/** Control sequences of a terminal (ECMA-48, xterm). */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * What the demo shows. On a terminal a screen of its own, drawn anew when something changes; elsewhere plain lines.
 */
export class DemoScreen {
  private readonly news: string[] = [];
  private readonly live: boolean;
  private table = '';
  /** Address of the status page. */
  page = '';

  /** @param live whether to take the whole terminal, if there is one */
  constructor(live: boolean) {
    this.live = live && process.stdout.isTTY;
    if (this.live) process.stdout.write(ENTER);
  }

  /** Tells what the demo is doing. */
  say(text: string): void {
    const time = new Date().toTimeString().slice(0, 8);
    this.news.push(`${styleText('dim', time)}  ${text}`);
    if (this.live) this.draw();
    else process.stdout.write(`${time}  ${text}\n`);
  }

  /** Shows the aggregate's keys, without their values, beside the states. */
  show(status: StatusJson, aggregate: ReadonlyMap<string, string>): void {
    const table = renderTable(status, aggregate);
    if (table === this.table) return;
    this.table = table;
    if (this.live) this.draw();
    else process.stdout.write(`${table}\n`);
  }

  /** Gives the terminal back, with the last table on it. */
  close(): void {
    if (this.live) process.stdout.write(`${LEAVE}${this.table}\n`);
  }

  private draw(): void {
    const title = `${styleText('bold', 'multi-cluster-config-exporter')}  (Ctrl-C ends it)`;
    const lines = [title, this.page, '', ...this.table.split('\n'), '', ...this.news.slice(-NEWS_LINES)];
    process.stdout.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`);
  }
}

function renderTable(
  { clusters, aggregate: { lastWrite } }: StatusJson,
  aggregate: ReadonlyMap<string, string>,
): string {
  const rows = clusters.map(({ name, state, reason = '' }) => {
    const value = aggregate.get(name);
    const key = value === undefined ? 'no key' : `${digest(value)} ${Buffer.byteLength(value)} B`;
    return `${name.padEnd(8)}${styleText(STATE_COLOUR[state], state.padEnd(9))}${reason.padEnd(9)}${key}`;
  });
  const written = lastWrite === undefined ? 'never' : new Date(lastWrite).toTimeString().slice(0, 8);
  return [
    styleText(
      'dim',
      `${'CLUSTER'.padEnd(8)}${'STATE'.padEnd(9)}${'REASON'.padEnd(9)}KEY (its SHA-256, size)`,
    ),
    ...rows,
    styleText('dim', `aggregate last written ${written}`),
  ].join('\n');
}

/** Enough to see that a value changed, and nothing of it. */
function digest(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}
