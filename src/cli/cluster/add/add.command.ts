import type { AddCommand } from '../../invocation.ts';
import { addTokenOptions } from '../token-options.ts';
import type { AddClusterOptions } from './add-cluster.ts';

export const addAdd: AddCommand = (parent, run) => {
  const command = parent
    .command('add')
    .summary('let the exporter read a cluster')
    .description(
      'Creates a ServiceAccount with the least Role in the cluster that a context of your kubeconfig names, makes a token of it, proves that it reads the source, and only then writes one entry into the registry. Nothing else in the registry is touched. What it made is taken back when it fails.',
    )
    .argument('<context>', 'context of the cluster in your kubeconfig')
    .option('--name <name>', 'name of the cluster; default: that of the context')
    .option('--server <url>', 'address by which the hub reaches it; default: that of the context')
    .option('--ca-file <file>', 'certificate authority of that address; default: that of the context')
    .option('--tls-server-name <name>', 'name in its certificate, where it is another than in the address');
  addTokenOptions(command)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('-y, --yes', 'create the registry also where no exporter is installed')
    .action(
      run<AddClusterOptions, [string]>(async (invocation) =>
        (await import('./add-cluster.ts')).addCluster(invocation),
      ),
    );
};
