import { CommandFailedError } from '../command-failed.error.ts';
import type { ClusterState } from '../../storage-sync/keeping/cluster-record.ts';
import { type ClustersFormat, formatClusters } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { readStatus } from './read-status.ts';
import { errorsOf, selectClusters, type StatusDocument } from './status-document.ts';
import { withStatusSource } from './open-status-source.ts';
import { statusTable, troubledFirst } from './status-table.ts';
import { waitForGoodStatus } from './wait-for-good-status.ts';
import { watchStatus } from './watch-status.ts';

/** Options of `mcce status`. */
export interface StatusOptions {
  output: ClustersFormat;
  /** Undefined: all. */
  state?: readonly ClusterState[];
  watch?: true;
  wait?: true;
  /** Of waiting, in milliseconds. */
  timeout: number;
  /** Of a replica; without it the leader is looked for on the hub. */
  url?: URL;
}

/** Prints the state of every cluster: once, whenever it changes, or once all is well. */
export async function showStatus(
  invocation: Invocation<StatusOptions, [names: readonly string[]]>,
): Promise<ExitCode> {
  const { terminal, options, args } = invocation;
  const selection = { names: args[0], states: options.state };
  const { output, watch, wait, timeout } = options;
  if (watch && output !== 'table' && output !== 'wide')
    throw new CommandFailedError(
      `--watch is for people, and -o ${output} for programs; leave one of them out, or use --wait.`,
    );
  return await withStatusSource(invocation, async (wholeSource) => {
    const source = async (signal: AbortSignal) => selectClusters(await wholeSource(signal), selection);
    if (watch) return await watchStatus(source, terminal, { wide: output === 'wide' });
    const status = wait ? await waitForGoodStatus(source, terminal, timeout) : await readStatus(source);
    return status ? print(status, invocation) : EXIT.degraded;
  });
}

function print(
  status: StatusDocument,
  { terminal, options }: Pick<Invocation<StatusOptions>, 'terminal' | 'options'>,
): ExitCode {
  const table = (wide: boolean) => statusTable(status, terminal, { wide });
  terminal.print(formatClusters(status, troubledFirst(status), options.output, table));
  return errorsOf(status).length === 0 ? EXIT.good : EXIT.degraded;
}
