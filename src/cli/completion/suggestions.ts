import { RootCommand, type Command as Described } from '@bomb.sh/tab';
import type { Command, Option } from 'commander';
import { printed } from './printed.ts';

/** What the library's scripts take as: there is nothing to suggest, complete names of files. */
const FILES = ':0';

/**
 * What can follow on the command line, as the library's scripts want it: a suggestion with its description on each line, and
 * on the last a number that tells the shell what to do with them.
 *
 * @param words after the program, up to the cursor; the last one is being written, and may be empty
 */
export function suggestions(program: Command, words: readonly string[]): string {
  const root = new RootCommand();
  const commands = withPaths(program);
  for (const [path, command] of commands)
    describe(path === '' ? root : root.command(path, command.summary() || command.description()), command);
  const before = words.at(-2);
  if (before !== undefined && commands.some(([, command]) => wantsFile(command, before))) return FILES;
  return printed(() => root.parse([...words]));
}

/** The program and all that can be called, each with the words that call it. */
function withPaths(command: Command, path: readonly string[] = []): [string, Command][] {
  const below = command.createHelp().visibleCommands(command);
  return [[path.join(' '), command], ...below.flatMap((child) => withPaths(child, [...path, child.name()]))];
}

function describe(described: Described, command: Command): void {
  for (const { long, short, description, argChoices, required } of optionsOf(command)) {
    const name = long?.slice(2);
    if (name === undefined) continue;
    // Without a handler it counts as a flag that takes no value.
    if (required) described.option(name, description, suggest(argChoices), short?.slice(1));
    else described.option(name, description, short?.slice(1));
  }
  for (const argument of command.registeredArguments)
    described.argument(argument.name(), suggest(argument.argChoices), argument.variadic);
}

function suggest(choices: readonly string[] = []) {
  return (complete: (value: string, description: string) => void) => {
    for (const choice of choices) complete(choice, '');
  };
}

function wantsFile(command: Command, word: string): boolean {
  return optionsOf(command).some(
    ({ flags, long, short }) => flags.includes('<file>') && (word === long || word === short),
  );
}

/** Its own, and those that all commands have. */
function optionsOf(command: Command): Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}
