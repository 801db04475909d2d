import type { CheckOptions } from './check.ts';
import type { AddCommand } from '../invocation.ts';
import { clustersOutputOption, stateOption } from '../options.ts';
import { VERDICTS } from './verdicts.ts';

export const addCheck: AddCommand = (parent, run) => {
  parent
    .command('check')
    .summary('find out why a cluster is not published')
    .description(
      'Tries hub and clusters step by step, from DNS to the content of the source, and says at the first step that fails what to do. It writes nothing. What fails comes first, and what many share is said once. Ends with 1 when a step fails or an entry is refused, with 2 when the registry on the hub cannot be read.',
    )
    .argument('[name...]', 'only these clusters')
    .addOption(stateOption(VERDICTS))
    .addOption(clustersOutputOption())
    .action(
      run<CheckOptions, [string[]]>(async (invocation) => (await import('./check.ts')).check(invocation)),
    );
};
