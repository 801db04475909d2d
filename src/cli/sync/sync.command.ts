import { Option } from 'commander';
import type { AddCommand } from '../invocation.ts';
import { outputOption, timeoutOption } from '../options.ts';
import type { SyncOptions } from './sync-once.ts';

export const addSync: AddCommand = (parent, run) => {
  parent
    .command('sync')
    .summary('one pass and one publication, for CronJobs and pipelines')
    .description(
      'Reads every cluster once, publishes what was read, and prints the state of every cluster; a cluster that cannot be read keeps its key. Takes the Lease, so that no exporter writes at the same time. `mcce diff` shows what it would change.',
    )
    .addOption(new Option('--once', 'what it does in any case').hideHelp())
    .addOption(timeoutOption('how long it may take'))
    .addOption(outputOption())
    .action(
      run<SyncOptions, []>(async (invocation) => (await import('./sync-once.ts')).syncOnce(invocation)),
    );
};
