import { InvalidArgumentError, Option } from 'commander';
import type { AddClusterOptions } from '../cluster/add-cluster.ts';
import type { ConfirmRemovalOptions } from '../cluster/confirm-removal.ts';
import type { RemoveClusterOptions } from '../cluster/remove-cluster.ts';
import type { RotateClusterOptions } from '../cluster/rotate-cluster.ts';
import type { Format } from '../document.ts';
import type { AddCommand } from '../invocation.ts';
import { durationArgument, outputOption } from '../options.ts';

export const addClusterCommands: AddCommand = (parent, run) => {
  const cluster = parent
    .command('cluster')
    .summary('the clusters of the registry: list, add, rotate, remove')
    .description('The clusters that the registry names.')
    .helpCommand(false);

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

  cluster
    .command('add')
    .summary('let the exporter read a cluster')
    .description(
      'Creates a ServiceAccount with the least Role in the cluster that a context of your kubeconfig names, makes a token of it, proves that it reads the source, and only then writes one entry into the registry. Nothing else in the registry is touched.',
    )
    .argument('<context>', 'context of the cluster in your kubeconfig')
    .option('--name <name>', 'name of the cluster; default: that of the context')
    .option('--server <url>', 'address by which the hub reaches it; default: that of the context')
    .addOption(durationOption())
    .option('--dry-run', 'say what would be done, and do nothing')
    .option(
      '--export <file>',
      'write a manifest of the registry to this file, not to the hub; it holds the token',
    )
    .action(
      run<AddClusterOptions, [string]>(async (invocation) =>
        (await import('../cluster/add-cluster.ts')).addCluster(invocation),
      ),
    );

  cluster
    .command('rotate')
    .summary('give a cluster a new token')
    .description(
      'Makes a new token, proves that it reads the source, writes it into the entry, and then ends the old one, if mcce made it. The address of the entry stays.',
    )
    .argument('<name>', 'name of the cluster')
    .argument('[context]', 'its context in your kubeconfig; default: the name')
    .addOption(durationOption())
    .action(
      run<RotateClusterOptions, [string, string | undefined]>(async (invocation) =>
        (await import('../cluster/rotate-cluster.ts')).rotateCluster(invocation),
      ),
    );

  cluster
    .command('remove')
    .summary('remove a cluster from the registry')
    .description(
      'Shows what the aggregate loses, asks, and removes the entry. With --purge its token ends, and the ServiceAccount in the cluster goes as well, unless somebody else lives on it.',
    )
    .argument('<name>', 'name of the cluster')
    .option('--purge [context]', 'delete what add made in the cluster; by this context, or that of the name')
    .option('--dry-run', 'show what would be lost, and do nothing')
    .option('-y, --yes', 'do not ask')
    .action(
      run<RemoveClusterOptions, [string]>(async (invocation) =>
        (await import('../cluster/remove-cluster.ts')).removeCluster(invocation),
      ),
    );

  cluster
    .command('confirm-removal')
    .summary('let clusters go that left the registry all at once')
    .description(
      'When many clusters leave the registry at once, their keys stay in the aggregate until somebody confirms that this is meant. Shows which keys would go, asks, and confirms it by an annotation of the registry.',
    )
    .argument('[digest]', 'of the removal, as status, log and Event show it; fails if it is another by now')
    .option('-y, --yes', 'do not ask')
    .action(
      run<ConfirmRemovalOptions, [string | undefined]>(async (invocation) =>
        (await import('../cluster/confirm-removal.ts')).confirmRemoval(invocation),
      ),
    );
};

function durationOption(): Option {
  return new Option('--duration <time>', 'how long the token shall live, such as 720h')
    .argParser(tokenDuration)
    .default(tokenDuration('8760h'), '8760h');
}

/** API servers make no token for less (TokenRequest, authentication.k8s.io/v1). */
function tokenDuration(text: string): number {
  const ms = durationArgument(text);
  if (ms < 600_000) throw new InvalidArgumentError('A token lives for 10m at least.');
  return ms;
}
