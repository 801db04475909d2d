#!/usr/bin/env node
// Loaded on demand, since older versions of Node.js cannot even load what follows.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`mcce: needs Node.js 24 or newer, and this is ${process.versions.node}\n`);
  process.exit(2);
}
// Node.js resolves names in the threads of this pool, and one whose server is silent keeps a thread for half a minute. It has no effect later.
process.env.UV_THREADPOOL_SIZE ||= '128';
const { failOnUncaughtErrors, runProgram } = await import('./cli/program.ts');
const { Terminal } = await import('./cli/terminal.ts');

failOnUncaughtErrors();
// npm runs its scripts in the folder of the package; files are named from where the operator is.
if (process.env.npm_lifecycle_event === 'mcce' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
const terminal = new Terminal();
const exitCode = await runProgram(process.argv.slice(2), terminal);
await terminal.drain();
// A name that nobody resolves, or a program that hangs, would keep the process for as long as they like.
process.exit(exitCode);
