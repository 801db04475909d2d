import type { AddCommand } from '../invocation.ts';
import { outputOption } from '../options.ts';
import type { ValidateOptions } from './validate.ts';

export const addValidate: AddCommand = (parent, run) => {
  parent
    .command('validate')
    .summary('check a manifest of the registry, offline')
    .description(
      'Judges each entry of a registry in a file as the exporter would, without asking any cluster: set the MCCE_ variables that it has. Ends with 1 when an entry would be refused.',
    )
    .requiredOption('-f, --filename <file>', 'manifest of the Secret, YAML or JSON; - reads stdin')
    .addOption(outputOption())
    .action(
      run<ValidateOptions, []>(async (invocation) => (await import('./validate.ts')).validate(invocation)),
    );
};
