import type { EventEmitter } from 'node:events';
import { CommandFailedError } from './command-failed.error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Does a task that Ctrl-C and SIGTERM end in good order. What they break off did not work, so the command ends with 2 like any
 * other failure, and not with the number of the signal. The second of them ends the process at once, as usual.
 *
 * @param task its signal aborts with a CommandFailedError, which the task is to reject with once it has tidied up
 * @param signals where they arrive
 */
export async function untilInterrupted<Result>(
  task: (interruption: AbortSignal) => Promise<Result>,
  signals: EventEmitter = process,
): Promise<Result> {
  const interruption = new AbortController();
  const stopListening = () => {
    for (const name of SIGNALS) signals.off(name, interrupt);
  };
  const interrupt = (name: string) => {
    stopListening();
    interruption.abort(new CommandFailedError(`${name} ended it before it was done.`));
  };
  for (const name of SIGNALS) signals.on(name, interrupt);
  try {
    return await task(interruption.signal);
  } finally {
    stopListening();
  }
}

/** Does a task that runs until Ctrl-C or SIGTERM, which is the good end of it. What it rejects with after that is no failure. */
export async function untilStopped(
  task: (stopping: AbortSignal) => Promise<ExitCode>,
  signals: EventEmitter = process,
): Promise<ExitCode> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const name of SIGNALS) signals.once(name, stop);
  try {
    return await task(stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) return EXIT.good;
    throw error;
  } finally {
    for (const name of SIGNALS) signals.off(name, stop);
  }
}
