import { CommandFailedError } from '../command-failed.error.ts';
import { type Format, formatDocument } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { statusTable } from '../status/status-table.ts';
import { withPass } from './run-pass.ts';

/** Options of `mcce sync`. */
export interface SyncOptions {
  /** Milliseconds. */
  timeout: number;
  output: Format;
}

/** Reads every cluster once, publishes what was read, and prints the state of every cluster. */
export async function syncOnce(invocation: Invocation<SyncOptions>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const status = await withPass(invocation, { writes: true }, (_app, report) => report);
  terminal.print(formatDocument(status, options.output, (wide) => statusTable(status, terminal, { wide })));
  const unusable = status.problems.find(({ code }) => code === 'RegistryUnusable');
  if (!unusable) return EXIT.good;
  const { message, remedy } = unusable;
  throw new CommandFailedError(`The aggregate is left as it is. ${message}`, { remedy });
}
