import type { AddCommand } from '../invocation.ts';

export const addRun: AddCommand = (parent, run) => {
  parent
    .command('run')
    .summary('run the exporter')
    .description(
      'Runs the exporter until SIGTERM: what the image starts. Its settings are environment variables, see docs/configuration.md.',
    )
    .action(run<object, []>(async (invocation) => (await import('./run-service.ts')).runService(invocation)));
};
