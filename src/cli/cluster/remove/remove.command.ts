import type { AddCommand } from '../../invocation.ts';
import { collect } from '../../options.ts';
import type { RemoveClusterOptions } from './remove-cluster.ts';

export const addRemove: AddCommand = (parent, run) => {
  parent
    .command('remove')
    .summary('remove a cluster from the registry')
    .description(
      'Shows what the aggregate loses, asks, and removes the entry. With --purge everything goes that mcce made in the cluster for this entry, and nothing else.',
    )
    .argument('<name>', 'name of the cluster')
    .option(
      '--purge [context]',
      'delete what mcce made in the cluster for this entry; by this context, or that of the name',
    )
    .option(
      '--force <reader>',
      'with --purge, for an entry that has left the registry: delete this ServiceAccount of mcce with all that belongs to it; can be given several times',
      collect,
    )
    .option('--dry-run', 'show what would be lost, and do nothing')
    .option('-y, --yes', 'do not ask')
    .action(
      run<RemoveClusterOptions, [string]>(async (invocation) =>
        (await import('./remove-cluster.ts')).removeCluster(invocation),
      ),
    );
};
