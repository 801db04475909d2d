#!/usr/bin/env node
import { runProgram } from './cli/program.ts';
import { Terminal } from './cli/terminal.ts';

process.exitCode = await runProgram(process.argv.slice(2), new Terminal());
