import type { AddCommand } from '../invocation.ts';
import { EXIT } from '../exit-code.ts';

export const addRun: AddCommand = (parent, run) => {
  parent
    .command('run')
    .summary('run the exporter')
    .description(
      'Runs the exporter until SIGTERM: what the image starts. It is set up by environment variables alone, docs/configuration.md.',
    )
    .action(
      run(async () => {
        await import('../../main.ts');
        return EXIT.good;
      }),
    );
};
