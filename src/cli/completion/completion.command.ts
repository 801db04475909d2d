import { Argument } from 'commander';
import type { Shell } from './completion.ts';
import { EXIT } from '../exit-code.ts';
import type { AddCommand } from '../invocation.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];
const HOW_TO = `
bash, in ~/.bashrc:                      source <(mcce completion bash)
zsh, in ~/.zshrc below compinit:         source <(mcce completion zsh)
fish, in ~/.config/fish/config.fish:     mcce completion fish | source`;

export const addCompletion: AddCommand = (program, run) => {
  program
    .command('completion')
    .summary('print what makes a shell complete the commands')
    .description(
      'Prints a script that makes a shell complete commands, options and their values, the contexts of your kubeconfig and the clusters of the registry.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', HOW_TO)
    .action(
      run<object, [Shell]>(async ({ terminal, args: [shell] }) => {
        const { completionScript } = await import('./completion.ts');
        terminal.print(completionScript(shell));
        return EXIT.good;
      }),
    );

  // What the scripts call, with all that stands on the command line.
  program
    .command('complete', { hidden: true })
    .description('Says what can follow on a command line; for the scripts of mcce completion.')
    .argument('[words...]', 'the command line without the program, behind --')
    .action(
      run<object, [string[]]>(async ({ terminal, args: [words] }) => {
        const { suggestions } = await import('./completion.ts');
        const found = await suggestions(program, words, async (wanted) =>
          (await import('./look-up.ts')).lookUp(wanted, program, words, terminal),
        );
        terminal.print(found);
        return EXIT.good;
      }),
    );
};
