import type { AddCommand } from '../../invocation.ts';
import type { ConfirmRemovalOptions } from './confirm-removal.ts';

export const addConfirmRemoval: AddCommand = (parent, run) => {
  parent
    .command('confirm-removal')
    .summary('let clusters go that left the registry all at once')
    .description(
      'When many clusters leave the registry at once, their keys stay in the aggregate until somebody confirms that this is meant. Shows which keys would go, asks, and confirms it by an annotation of the registry.',
    )
    .argument('[digest]', 'of the removal, as status, log and Event show it; fails if it is another by now')
    .option('-y, --yes', 'do not ask')
    .action(
      run<ConfirmRemovalOptions, [string | undefined]>(async (invocation) =>
        (await import('./confirm-removal.ts')).confirmRemoval(invocation),
      ),
    );
};
