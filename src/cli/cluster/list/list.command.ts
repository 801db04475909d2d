import type { AddCommand } from '../../invocation.ts';
import { clustersOutputOption, stateOption } from '../../options.ts';
import { ENTRY_STATES } from '../../registry/entry-state.ts';
import type { ListOptions } from './list-clusters.ts';

export const addList: AddCommand = (parent, run) => {
  parent
    .command('list')
    .summary('list the entries of the registry')
    .description(
      'Lists the entries of the registry with server, kind of credentials and when they expire; no secrets. What is refused comes first. Ends with 1 when an entry is refused.',
    )
    .argument('[name...]', 'only these clusters')
    .addOption(stateOption(ENTRY_STATES))
    .addOption(clustersOutputOption())
    .action(
      run<ListOptions, [string[]]>(async (invocation) =>
        (await import('./list-clusters.ts')).listClusters(invocation),
      ),
    );
};
