import { Command, CommanderError } from 'commander';
import { describeError } from '../base/errors/describe-error.ts';
import { explain } from '../base/errors/explanation.ts';
import { ExporterError } from '../base/errors/exporter.error.ts';
import { VERSION } from '../version.ts';
import { addCheck } from './check/check.command.ts';
import { addClusterCommands } from './cluster/cluster.command.ts';
import { addCompletion } from './completion/completion.command.ts';
import { addDashboard } from './dashboard/dashboard.command.ts';
import { addDiff } from './diff/diff.command.ts';
import { addGather } from './gather/gather.command.ts';
import { addLogs } from './logs/logs.command.ts';
import { addRun } from './run/run.command.ts';
import { addManifests } from './manifests/manifests.command.ts';
import { addStatus } from './status/status.command.ts';
import { addSync } from './sync/sync.command.ts';
import { addValidate } from './validate/validate.command.ts';
import { addVersion } from './version/version.command.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { AddCommand, Run } from './invocation.ts';
import type { Terminal } from './terminal.ts';

/** Every command, in the order of the help. */
const COMMANDS: readonly AddCommand[] = [
  addRun,
  addSync,
  addDiff,
  addCheck,
  addStatus,
  addDashboard,
  addLogs,
  addGather,
  addClusterCommands,
  addValidate,
  addManifests,
  addCompletion,
  addVersion,
];

/**
 * The commands with their options. What they do is loaded when they are called, so that help is there at once.
 *
 * @param run has an action carried out
 */
export function createProgram(terminal: Terminal, run: Run): Command {
  const program = new Command('mcce')
    .description(
      'Keeps the storage configurations of many Kubernetes clusters together, and adds clusters to them.',
    )
    .option('--kubeconfig <file>', 'kubeconfig to use; default: KUBECONFIG, ~/.kube/config, or the pod')
    .option('--context <name>', 'its context for the hub; default: the current one')
    .option('-n, --namespace <name>', 'namespace of the exporter on the hub; default: that of the context')
    .configureHelp({ showGlobalOptions: true, helpWidth: 80 })
    .configureOutput({
      writeOut: (text) => terminal.print(text),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride();
  for (const add of COMMANDS) add(program, run);
  return program;
}

/**
 * Runs what the arguments ask for, and says how it went. Never rejects.
 *
 * @param args as typed, without the program
 */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.good;
  const program = createProgram(terminal, (action) => async (...parameters: unknown[]) => {
    const command = parameters.at(-1) as Command;
    exitCode = await action({
      terminal,
      args: command.processedArgs as unknown as Parameters<typeof action>[0]['args'],
      options: command.optsWithGlobals(),
    });
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.good : EXIT.failed;
    terminal.note(`mcce: ${sentenceOf(error)}`);
    return EXIT.failed;
  } finally {
    terminal.clearProgress();
  }
}

/** Ends the process on an error that nobody handled. Node would print its message, which may hold a credential. */
export function failOnUncaughtErrors(): void {
  const fail = (error: unknown) => {
    process.stderr.write(`mcce: ${sentenceOf(error)}\n`);
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', fail).on('unhandledRejection', fail);
}

/** One line. Only our own errors keep their message: that of a library may quote a credential. */
function sentenceOf(error: unknown): string {
  if (error instanceof ExporterError) return explain(error);
  const { name, code, frames = [] } = describeError(error);
  const kind = code === undefined ? name : `${name}, ${code}`;
  return `unexpected error (${kind}) in ${VERSION} ${frames[0] ?? ''}; please report it`;
}
