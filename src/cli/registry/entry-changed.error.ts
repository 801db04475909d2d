import { CommandFailedError } from '../command-failed.error.ts';

/** The registry is no longer as it was when a change of it was decided. */
export class EntryChangedError extends CommandFailedError {
  constructor(what: string) {
    super(`Somebody else keeps changing ${what}; look at it and try again.`);
  }
}

/** How often somebody else may be faster. */
const MAX_TRIES = 3;

/** Does a task, and does it again from the start when the registry changed in between. */
export async function startingOver<Result>(
  note: (text: string) => void,
  task: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof EntryChangedError) || tries === MAX_TRIES) throw error;
      note('The registry changed in between; starting over.');
    }
  }
}
