import type { Command } from 'commander';
import { NOT_WELL } from '../../src/cli/exit-code.ts';
import { createProgram } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';

/** Writes docs/cli.md out of the help of the commands. */
export function cliReference(): string {
  const program = createProgram(new Terminal(), () => async () => undefined);
  const sections = everyCommand(program).map(
    (command) => `## ${nameOf(command)}\n\n\`\`\`\n${helpOf(command)}\n\`\`\`\n`,
  );
  return [HEAD, ...sections].join('\n');
}

/** All that `--help` prints. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help.trimEnd();
}

function everyCommand(parent: Command): Command[] {
  const visible = parent.createHelp().visibleCommands(parent);
  return [parent, ...visible.flatMap(everyCommand)];
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

const HEAD = `# mcce

<!-- Written by \`npm run docs\` from the commands' own help; edit the *.command.ts of src/cli/. -->

The command line tool: \`npm run -s mcce -- …\` in a checkout, after \`npm ci\`; in the image it is the entry point. Where Node.js 24 is in the \`PATH\`,
\`npm run build && npm install --global .\` makes it \`mcce\`, and \`kubectl mcce\`.

It reaches the hub, and the clusters that it is told to add, by your own kubeconfig, whose exec plugins work. Settings, such as the names
of the Secrets, are those of the chart that is installed in the namespace, which mcce finds by the label
\`multi-cluster-config-exporter/component=exporter\` of its ConfigMap; variables as in [configuration.md](configuration.md) win over them.
\`validate\` and \`manifests\` ask no hub, so they know the variables alone: \`MCCE_SOURCE_SECRET=primus-lens-storage-config mcce manifests cluster\`.

Data goes to stdout, all else to stderr. No command prints a secret. \`-o json\` and \`-o yaml\` print documents with \`apiVersion\`
\`multi-cluster-config-exporter/v1\` and a \`kind\`; within that version fields are added, and not renamed or removed. Colours are left
out with \`NO_COLOR\`, and where there is no terminal.

Errors end with a sentence that says what to do; a mistyped command or option with the one that was meant. Ctrl-C during \`cluster add\`, \`cluster rotate\`,
\`check\`, \`sync\` and \`diff\` ends them in good order: what was made is taken back, or named. A second Ctrl-C ends the process at once.

| exit code | meaning |
| --- | --- |
| 0 | done, possibly with warnings on stderr |
| 1 | there is an answer, and it is "not well"; from the commands below alone |
| 2 | it failed, was interrupted, or was called wrongly |

| command | "not well" is |
| --- | --- |
${Object.entries(NOT_WELL)
  .map(([command, meaning]) => `| \`${command}\` | ${meaning} |`)
  .join('\n')}

So in a script with \`set -e\` a command that changes something continues after a warning, and a question that is answered with "no" stops it.
\`mcce run\` ends with the codes of the [exporter](errors.md#exit-codes).
`;
