import { RootCommand, script, type Command as Described } from '@bomb.sh/tab';
import type { Command, Option } from 'commander';

/** The shells that can complete our commands. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** What has to be looked up: contexts of the kubeconfig, or clusters of the registry. */
export type Wanted = 'contexts' | 'clusters';

/** What a shell has to read so that it asks `mcce complete` for suggestions. */
export function completionScript(shell: Shell): string {
  const text = printed(() => script(shell, 'mcce', 'mcce'));
  if (shell === 'bash') return `${WITHOUT_BASH_COMPLETION}\n${corrected(text)}`;
  // The library's script for zsh has lost the backslash that keeps a colon from ending a suggestion.
  return text.replace('comp//:/\\:}', () => 'comp//:/\\\\:}');
}

/**
 * The library's script calls a function of the package bash-completion, which not every machine has. Bash takes `:` and `=` as the end of
 * a word, so the words are taken from the line.
 */
const WITHOUT_BASH_COMPLETION = `# In place of the package bash-completion, where it is not installed.
declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
    local line=\${COMP_LINE:0:COMP_POINT}
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    cword=$((\${#words[@]} - 1))
    cur=\${words[cword]} prev=\${words[cword - 1]}
}
`;

/**
 * The library's script makes constants with names that are not ours alone: read a second time, or after that of another program, it
 * complains of each. It never lets bash complete the name of a file. And bash replaces only what follows the last `:` or `=`.
 */
function corrected(text: string): string {
  return text
    .replaceAll(/^readonly /gm, '')
    .replaceAll('ShellCompDirective', '__mcce_Directive')
    .replace('complete -F', 'complete -o default -F')
    .replace(
      /^ *COMPREPLY=\( \$\(compgen -W .*$/m,
      (line) => `    cur=\${cur##*=}\n${line}\n    COMPREPLY=("\${COMPREPLY[@]#"\${cur%"\${cur##*:}"}"}")`,
    );
}

/** What the library's scripts take as: there is nothing to suggest, complete names of files. */
const FILES = ':0';

/** Bash expands what it is given to choose from, so a name could be a command. */
const HARMLESS = /^[\w@:./+-]+$/;

/**
 * What can follow on the command line, as the library's scripts want it: a suggestion with its description on each line, and
 * on the last a number that tells the shell what to do with them.
 *
 * @param words after the program, up to the cursor; the last one is being written, and may be empty
 * @param lookUp called at most once, and only for what can follow
 */
export async function suggestions(
  program: Command,
  words: readonly string[],
  lookUp: (wanted: Wanted) => Promise<readonly string[]>,
): Promise<string> {
  const commands = withPaths(program);
  const before = words.at(-2);
  if (before !== undefined && commands.some(([, command]) => wantsFile(command, before))) return FILES;
  let wanted: Wanted | undefined;
  const known = suggestionsAmong(commands, words, (what) => {
    wanted = what;
    return [];
  });
  if (wanted === undefined) return known;
  const names = (await lookUp(wanted)).filter((name) => HARMLESS.test(name));
  return suggestionsAmong(commands, words, () => names);
}

function suggestionsAmong(
  commands: readonly [string, Command][],
  words: readonly string[],
  lookedUp: (wanted: Wanted) => readonly string[],
): string {
  const root = new RootCommand();
  for (const [path, command] of commands)
    describe(
      path === '' ? root : root.command(path, command.summary() || command.description()),
      command,
      lookedUp,
    );
  return printed(() => root.parse([...words]));
}

/** The program and all that can be called, each with the words that call it. */
function withPaths(command: Command, path: readonly string[] = []): [string, Command][] {
  const below = command.createHelp().visibleCommands(command);
  return [[path.join(' '), command], ...below.flatMap((child) => withPaths(child, [...path, child.name()]))];
}

function describe(
  described: Described,
  command: Command,
  lookedUp: (wanted: Wanted) => readonly string[],
): void {
  const suggest =
    (choices: readonly string[] = [], wanted?: Wanted) =>
    (complete: (value: string, description: string) => void) => {
      for (const choice of wanted ? lookedUp(wanted) : choices) complete(choice, '');
    };
  for (const option of optionsOf(command)) {
    const { long, short, description, argChoices, required } = option;
    const name = long?.slice(2);
    if (name === undefined) continue;
    const contexts = name === 'context' || option.flags.includes('[context]') ? 'contexts' : undefined;
    // Without a handler it counts as a flag that takes no value.
    if (required || contexts)
      described.option(name, description, suggest(argChoices, contexts), short?.slice(1));
    else described.option(name, description, short?.slice(1));
  }
  for (const argument of command.registeredArguments)
    described.argument(
      argument.name(),
      suggest(argument.argChoices, LOOKED_UP[argument.name()]),
      argument.variadic,
    );
}

/** Arguments of commands, by name. */
const LOOKED_UP: Readonly<Record<string, Wanted>> = { name: 'clusters', context: 'contexts' };

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

/** What a task prints. The library prints all that it knows, and hands nothing out. */
function printed(task: () => void): string {
  const lines: string[] = [];
  const { console } = globalThis;
  globalThis.console = { ...console, log: (line: string) => lines.push(line) };
  try {
    task();
  } finally {
    globalThis.console = console;
  }
  return lines.join('\n');
}
