import { InvalidArgumentError, Option } from 'commander';
import type { AddCommand } from '../invocation.ts';
import { durationArgument } from '../options.ts';
import type { LogsOptions } from './show-logs.ts';

export const addLogs: AddCommand = (parent, run) => {
  parent
    .command('logs')
    .summary('print the log of the exporter that leads')
    .description(
      'Prints the log of the exporter that leads, as the JSON lines that it writes; with names of clusters only what concerns these. With --follow it continues until Ctrl-C, and with the next leader after a failover. You need what mcce status needs, and get on pods/log.',
    )
    .argument('[name...]', 'clusters; default: everything')
    .option('-f, --follow', 'continue with what is logged from now on')
    .addOption(new Option('--since <duration>', 'only what is younger').argParser(durationArgument))
    .addOption(new Option('--tail <lines>', 'only so many of the latest lines').argParser(lines))
    .addOption(new Option('--previous', 'the log before the last restart').conflicts(['follow']))
    .action(
      run<LogsOptions, [names: string[]]>(async (invocation) =>
        (await import('./show-logs.ts')).showLogs(invocation),
      ),
    );
};

function lines(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It is not a number of lines such as 100.');
  return Number(text);
}
