import type { AddCommand } from '../invocation.ts';
import type { GatherOptions } from './gather.ts';

export const addGather: AddCommand = (parent, run) => {
  parent
    .command('gather')
    .summary('collect what a bug report needs in one archive')
    .description(
      'Collects versions, settings, the status with its problems, the latest transitions, Events, the recent log, metrics and permissions in a zip archive, and prints what it contains. It includes no content of any Secret, and masks what looks like a credential. What it may not read is left out and listed.',
    )
    .option('--file <file>', 'the archive; default: mcce-gather-<namespace>-<time>.zip in this directory')
    .option('--no-clusters', 'do not ask the clusters for the versions of their API servers')
    .action(run<GatherOptions, []>(async (invocation) => (await import('./gather.ts')).gather(invocation)));
};
