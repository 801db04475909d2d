import type { Command } from 'commander';
import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** What every command can be told. */
export interface GlobalOptions {
  kubeconfig?: string;
  /** Of the hub. */
  context?: string;
  /** Of the exporter, on the hub. */
  namespace?: string;
}

/** A command as it was called. */
export interface Invocation<Options = object, Args extends readonly unknown[] = []> {
  readonly terminal: Terminal;
  /** As the command declares them. */
  readonly args: Args;
  readonly options: Readonly<GlobalOptions & Options>;
}

/** Makes what a command does an action for commander. What it throws becomes one line for the operator. */
export type Run = <Options, Args extends readonly unknown[]>(
  action: (invocation: Invocation<Options, Args>) => ExitCode | Promise<ExitCode>,
) => (...parameters: unknown[]) => Promise<void>;

/** Adds a command to the program, or to a group of it. */
export type AddCommand = (parent: Command, run: Run) => void;
