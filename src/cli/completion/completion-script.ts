import { script } from '@bomb.sh/tab';
import { printed } from './printed.ts';

/** The shells that can complete our commands. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** What a shell has to read so that it asks `mcce complete` for suggestions. */
export function completionScript(shell: Shell): string {
  const text = printed(() => script(shell, 'mcce', 'mcce'));
  return shell === 'bash' ? `${WITHOUT_BASH_COMPLETION}\n${neighbourly(text)}` : text;
}

/** The library's script calls a function of the package bash-completion, which not every machine has. */
const WITHOUT_BASH_COMPLETION = `# In place of the package bash-completion, where it is not installed.
declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
    cur=\${words[cword]} prev=\${words[cword - 1]}
}
`;

/**
 * The library's script makes constants with names that are not ours alone: read a second time, or after that of another program, it
 * complains of each. And it never lets bash complete the name of a file.
 */
function neighbourly(text: string): string {
  return text
    .replaceAll(/^readonly /gm, '')
    .replaceAll('ShellCompDirective', '__mcce_Directive')
    .replace('complete -F', 'complete -o default -F');
}
