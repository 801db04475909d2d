import type { CheckOptions } from '../check/check.ts';
import type { AddCommand } from '../invocation.ts';
import { outputOption } from '../options.ts';

export const addCheck: AddCommand = (parent, run) => {
  parent
    .command('check')
    .summary('find out why a cluster is not published')
    .description(
      'Tries hub and clusters step by step, from DNS to the content of the source, and says at the first step that fails what to do. It writes nothing. Ends with 1 when a step fails or an entry is refused, with 2 when the registry on the hub cannot be read.',
    )
    .option('--cluster <name>', 'check this cluster alone; can be given several times', collect)
    .addOption(outputOption())
    .action(
      run<CheckOptions, []>(async (invocation) => (await import('../check/check.ts')).check(invocation)),
    );
};

function collect(name: string, names: readonly string[] = []): string[] {
  return [...names, name];
}
