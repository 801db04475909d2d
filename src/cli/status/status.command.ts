import { Option } from 'commander';
import type { AddCommand } from '../invocation.ts';
import { clustersOutputOption, stateOption, timeoutOption, urlArgument } from '../options.ts';
import { STATES } from './states.ts';
import type { StatusOptions } from './show-status.ts';

export const addStatus: AddCommand = (parent, run) => {
  parent
    .command('status')
    .summary('the state of every cluster')
    .description(
      'Asks the exporter that leads for the state of every cluster, through the API server of the hub. What is wrong comes first. Ends with 1 when there is a problem of severity error.',
    )
    .argument('[name...]', 'only these clusters')
    .addOption(stateOption(STATES))
    .addOption(clustersOutputOption())
    .addOption(
      new Option(
        '--watch',
        'go on until Ctrl-C (exit code 0); without a terminal: a line for each change',
      ).conflicts('wait'),
    )
    .option('--wait', 'wait until all is well; ends with 1 when the time is up')
    .addOption(timeoutOption('how long to wait'))
    .addOption(
      new Option('--url <url>', 'ask the replica at this address, such as a port-forward gives').argParser(
        urlArgument,
      ),
    )
    .action(
      run<StatusOptions, [string[]]>(async (invocation) =>
        (await import('./show-status.ts')).showStatus(invocation),
      ),
    );
};
