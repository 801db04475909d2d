import { Argument } from 'commander';
import type { AddCommand } from '../invocation.ts';
import type { ManifestArguments } from './print-manifests.ts';

export const addManifests: AddCommand = (parent, run) => {
  parent
    .command('manifests')
    .summary('print the RBAC to apply, for GitOps')
    .description(
      'Prints what to apply on the hub, in a cluster, or where a view is: ServiceAccount, Role and RoleBinding. The names of the Secrets are those of the settings (MCCE_REGISTRY_SECRET and the like); with -n the objects name their namespace.',
    )
    .addArgument(new Argument('<where>', 'what to print them for').choices(['hub', 'cluster', 'view']))
    .argument('[name]', 'name of the view; its readers may read this Secret and nothing else')
    .action(
      run<object, ManifestArguments>(async (invocation) =>
        (await import('./print-manifests.ts')).printManifests(invocation),
      ),
    );
};
