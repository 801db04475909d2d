import { Option } from 'commander';
import type { AddCommand } from '../invocation.ts';
import { durationArgument, outputOption } from '../options.ts';
import type { SyncOptions } from '../sync/sync-once.ts';

export const addSync: AddCommand = (parent, run) => {
  parent
    .command('sync')
    .summary('one pass and one publication, for CronJobs and pipelines')
    .description(
      'Reads every cluster once, publishes what was read, and prints the state of every cluster. Takes the Lease, so that no exporter writes at the same time. Ends with 1 when something is not as it should be, or a dry run finds differences.',
    )
    .requiredOption('--once', 'go through it once; `mcce run` goes on')
    .option('--dry-run', 'write nothing, and print which keys would change, by size and digest')
    .addOption(
      new Option('--timeout <duration>', 'how long it may take')
        .argParser(durationArgument)
        .default(60_000, '60s'),
    )
    .addOption(outputOption())
    .action(
      run<SyncOptions, []>(async (invocation) => (await import('../sync/sync-once.ts')).syncOnce(invocation)),
    );
};
