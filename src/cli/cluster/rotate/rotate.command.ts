import type { AddCommand } from '../../invocation.ts';
import { durationArgument } from '../../options.ts';
import { addTokenOptions } from '../token-options.ts';
import type { RotateClusterOptions } from './rotate-cluster.ts';

export const addRotate: AddCommand = (parent, run) => {
  const command = parent
    .command('rotate')
    .summary('give clusters a new token')
    .description(
      'Makes a new token, proves that it reads the source, writes it into the entry, and then ends the old one, if mcce made it for this entry. The address of the entry stays. With --export or --into the old token stays valid until --finish. Acts only on a cluster that is proven to be the one of the entry.',
    )
    .argument('[name]', 'name of the cluster')
    .argument('[context]', 'its context in your kubeconfig; default: the name, or the one with its server')
    .option('--all', 'all clusters')
    .option(
      '--expiring-within <time>',
      'all clusters whose credentials expire within this time, such as 30d',
      durationArgument,
    )
    .option('--finish', 'make no token, and end those that are older than the one in the registry');
  addTokenOptions(command).action(
    run<RotateClusterOptions, [string | undefined, string | undefined]>(async (invocation) =>
      (await import('./rotate-cluster.ts')).rotateCluster(invocation),
    ),
  );
};
