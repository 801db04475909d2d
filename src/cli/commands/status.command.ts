import { Option } from 'commander';
import type { AddCommand } from '../invocation.ts';
import { durationArgument, outputOption, urlArgument } from '../options.ts';
import type { StatusOptions } from '../status/show-status.ts';

export const addStatus: AddCommand = (parent, run) => {
  parent
    .command('status')
    .summary('the state of every cluster')
    .description(
      'Asks the exporter that leads for the state of every cluster, by way of the API server of the hub. Ends with 1 when a cluster is not synced, or the registry or the aggregate is not as it should be.',
    )
    .addOption(outputOption())
    .addOption(
      new Option(
        '--watch',
        'go on until Ctrl-C (exit code 0); without a terminal: a line for each change',
      ).conflicts('wait'),
    )
    .option('--wait', 'wait until all is well; ends with 1 when the time is up')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait')
        .argParser(durationArgument)
        .default(60_000, '60s'),
    )
    .addOption(
      new Option('--url <url>', 'ask the replica at this address, such as a port-forward gives').argParser(
        urlArgument,
      ),
    )
    .action(
      run<StatusOptions, []>(async (invocation) =>
        (await import('../status/show-status.ts')).showStatus(invocation),
      ),
    );
};
