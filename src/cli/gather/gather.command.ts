import type { AddCommand } from '../invocation.ts';
import type { GatherOptions } from './gather.ts';

export const addGather: AddCommand = (parent, run) => {
  parent
    .command('gather')
    .summary('put what a bug report needs into one archive')
    .description(
      'Gathers versions, settings, the status with its problems, what changed lately, Events, the recent log, metrics and what is allowed into a zip archive, and prints what is in it. It takes no content of any Secret, and removes what looks like a credential. What it may not read it leaves out, and says so.',
    )
    .option('--file <file>', 'where to; default: mcce-gather-<namespace>-<time>.zip here')
    .option('--no-clusters', 'do not ask the clusters for the versions of their API servers')
    .action(run<GatherOptions, []>(async (invocation) => (await import('./gather.ts')).gather(invocation)));
};
