import type { Format } from '../document.ts';
import type { AddCommand } from '../invocation.ts';
import { outputOption } from '../options.ts';

export const addCluster: AddCommand = (parent, run) => {
  const cluster = parent
    .command('cluster')
    .summary('the clusters of the registry: list, add, rotate, remove')
    .description('The clusters that the registry names.');

  cluster
    .command('list')
    .summary('list the entries of the registry')
    .description(
      'Lists the entries of the registry with server, kind of credentials and when they end; no secrets. Ends with 1 when an entry is refused.',
    )
    .addOption(outputOption())
    .action(
      run<{ output: Format }, []>(async (invocation) =>
        (await import('../registry/list-clusters.ts')).listClusters(invocation),
      ),
    );
};
