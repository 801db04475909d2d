import { VERSION } from '../../version.ts';
import { EXIT } from '../exit-code.ts';
import type { AddCommand } from '../invocation.ts';

export const addVersion: AddCommand = (parent, run) => {
  parent
    .command('version')
    .summary('print the version')
    .description('Prints the version of mcce, which is that of the exporter in the same image.')
    .action(
      run(({ terminal }) => {
        terminal.print(VERSION);
        return EXIT.good;
      }),
    );
};
