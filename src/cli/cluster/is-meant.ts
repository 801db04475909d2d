import { CommandFailedError } from '../command-failed.error.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Asks before something is lost, unless `--yes` was given.
 *
 * @throws CommandFailedError where nobody can be asked
 */
export async function isMeant(
  terminal: Pick<Terminal, 'canAsk' | 'confirm'>,
  question: string,
  yes: boolean,
): Promise<boolean> {
  if (yes) return true;
  if (terminal.canAsk) return await terminal.confirm(question);
  throw new CommandFailedError('Nobody can be asked whether this is meant; say so with --yes.');
}
