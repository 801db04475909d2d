import type { AddCommand } from '../invocation.ts';
import { addAdd } from './add/add.command.ts';
import { addConfirmRemoval } from './confirm-removal/confirm-removal.command.ts';
import { addList } from './list/list.command.ts';
import { addRemove } from './remove/remove.command.ts';
import { addRotate } from './rotate/rotate.command.ts';

export const addClusterCommands: AddCommand = (parent, run) => {
  const cluster = parent
    .command('cluster')
    .summary('the clusters of the registry: list, add, rotate, remove')
    .description('The clusters that the registry names.');
  for (const add of [addList, addAdd, addRotate, addRemove, addConfirmRemoval]) add(cluster, run);
};
