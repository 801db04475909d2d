import { InvalidArgumentError, Option } from 'commander';
import type { AddCommand } from '../invocation.ts';
import type { DashboardOptions } from './dashboard.ts';

export const addDashboard: AddCommand = (parent, run) => {
  parent
    .command('dashboard')
    .summary('open the status page of the exporter that leads')
    .description(
      'Serves the status page on this machine alone, through the API server of the hub, prints its address, and opens it in the browser if there is one. It follows the leader through failovers, and runs until Ctrl-C. You need what mcce status needs.',
    )
    .addOption(
      new Option('--port <port>', 'port on this machine; 0: one that is free').argParser(port).default(0),
    )
    .option('--no-browser', 'only print the address')
    .action(
      run<DashboardOptions, []>(async (invocation) =>
        (await import('./dashboard.ts')).serveDashboard(invocation),
      ),
    );
};

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It is not a port such as 8080.');
  return Number(text);
}
