import { setTimeout as delay } from 'node:timers/promises';
import { explain } from '../../base/errors/explanation.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { untilStopped } from '../until-interrupted.ts';
import { changeLines, moment } from './changes.ts';
import { mayPass, readStatus } from './read-status.ts';
import type { StatusDocument } from './status-document.ts';
import type { StatusSource } from './status-source.ts';
import { problemLines, statusSummary, statusTable } from './status-table.ts';

const PAUSE_MS = 2_000;
/** Lines about changes, for a screen that has no room for all clusters. */
const CHANGES_SHOWN = 8;

/** What somebody who watches is told. */
interface Watcher {
  saw(status: StatusDocument): void;
  /** The reading failed; the one after it is on its way. */
  missed(message: string): void;
}

/**
 * Reads the status repeatedly until Ctrl-C, which is a good end. On a terminal the table stands there; elsewhere each change
 * is a line. A connection that is lost is told, and tried again.
 *
 * @throws CommandFailedError for what no retry helps
 */
export async function watchStatus(
  source: StatusSource,
  terminal: Terminal,
  { wide }: { wide: boolean },
): Promise<ExitCode> {
  return await untilStopped(async (stopping) => {
    const watcher = terminal.interactive ? onScreen(terminal, wide) : asLines(terminal);
    while (!terminal.unread) {
      await look(source, watcher, stopping);
      await delay(PAUSE_MS, undefined, { signal: stopping });
    }
    return EXIT.good;
  });
}

async function look(source: StatusSource, watcher: Watcher, signal: AbortSignal): Promise<void> {
  try {
    watcher.saw(await readStatus(source, { signal }));
  } catch (error) {
    if (signal.aborted) return;
    if (!mayPass(error)) throw error;
    watcher.missed(explain(error));
  }
}

function onScreen(terminal: Terminal, wide: boolean): Watcher {
  let seen: { status: StatusDocument; at: Date } | undefined;
  let changes: string[] = [];
  const draw = (heading: string) => {
    if (!seen) return terminal.redraw(heading);
    const { status } = seen;
    const whole = `${heading}\n\n${statusTable(status, terminal, { wide })}`;
    if (terminal.fits(whole)) return terminal.redraw(whole);
    const top = `${heading}\n\n${statusSummary(status, terminal, { wide })}`;
    const news = changes.length > 0 ? changes.toReversed() : ['Nothing has changed so far.'];
    terminal.redraw([top, '', ...news, '', problemLines(status.problems)].join('\n'));
  };
  return {
    saw(status) {
      const fresh = seen ? changeLines(seen.status, status) : [];
      changes = [...changes, ...fresh].slice(-CHANGES_SHOWN);
      seen = { status, at: new Date() };
      draw(terminal.tone('faint', moment(seen.at)));
    },
    missed(message) {
      const age = seen ? ` What follows is of ${moment(seen.at)}.` : '';
      draw(terminal.tone('bad', `${message}${age}`));
    },
  };
}

function asLines(terminal: Terminal): Watcher {
  let newest: StatusDocument | undefined;
  let trouble: string | undefined;
  return {
    saw(status) {
      if (trouble !== undefined) terminal.note(`${moment(new Date())} The exporter answers again.`);
      trouble = undefined;
      for (const line of changeLines(newest, status)) terminal.print(line);
      newest = status;
    },
    missed(message) {
      if (message !== trouble) terminal.note(`${moment(new Date())} ${message}`);
      trouble = message;
    },
  };
}
