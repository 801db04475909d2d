import { setTimeout as delay } from 'node:timers/promises';
import { explain } from '../../base/errors/explanation.ts';
import { span } from '../age.ts';
import type { Terminal } from '../terminal.ts';
import { mayPass, readStatus } from './read-status.ts';
import { errorsOf, type Problem, type StatusDocument } from './status-document.ts';
import type { StatusSource } from './status-source.ts';
import { problemLines } from './status-table.ts';

/** Between two readings. */
const PAUSE_MS = 1_000;

/** What is known while waiting. */
interface Finding {
  status?: StatusDocument;
  problems: readonly Pick<Problem, 'subject' | 'message' | 'remedy'>[];
}

/**
 * Reads the status until all is well, or the time is up; then says what is still wrong.
 *
 * @returns the newest status; undefined when there was none
 * @throws CommandFailedError for what no waiting helps
 */
export async function waitForGoodStatus(
  source: StatusSource,
  terminal: Pick<Terminal, 'note' | 'progress' | 'clearProgress'>,
  timeoutMs: number,
): Promise<StatusDocument | undefined> {
  const deadline = performance.now() + timeoutMs;
  let found: Finding | undefined;
  for (;;) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0 && found) {
      terminal.note(`mcce: all is not well after ${span(timeoutMs)}.\n${problemLines(found.problems)}`);
      return found.status;
    }
    const next = await find(source, Math.max(1, leftMs));
    // A reading that the end of the time has cut short tells less than the one before.
    if (next.status || !found || performance.now() < deadline) found = next;
    if (found.status && found.problems.length === 0) {
      terminal.clearProgress();
      return found.status;
    }
    terminal.progress(`Waiting: ${problemLines(found.problems.slice(0, 1))}`);
    await delay(Math.min(PAUSE_MS, Math.max(0, deadline - performance.now())));
  }
}

async function find(source: StatusSource, timeoutMs: number): Promise<Finding> {
  try {
    const status = await readStatus(source, { timeoutMs });
    return { status, problems: errorsOf(status) };
  } catch (error) {
    if (!mayPass(error)) throw error;
    return { problems: [{ subject: 'mcce', message: explain(error) }] };
  }
}
