import type { AddCommand } from '../invocation.ts';
import { outputOption, timeoutOption } from '../options.ts';
import type { DiffOptions } from './show-diff.ts';

export const addDiff: AddCommand = (parent, run) => {
  parent
    .command('diff')
    .summary('what a sync would change')
    .description(
      'Reads every cluster and prints which keys of the aggregate a sync would add, change and remove: sizes and names, no values. It writes nothing. Ends with 1 when something would be written, or a cluster cannot be read.',
    )
    .addOption(timeoutOption('how long it may take'))
    .addOption(outputOption())
    .action(
      run<DiffOptions, []>(async (invocation) => (await import('./show-diff.ts')).showDiff(invocation)),
    );
};
