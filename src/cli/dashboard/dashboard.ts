import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandFailedError } from '../command-failed.error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { LeaderRelay } from './leader-relay.ts';
import { untilStopped } from '../until-interrupted.ts';
import { openBrowser } from './open-browser.ts';

/** Options of `mcce dashboard`. */
export interface DashboardOptions {
  port: number;
  browser: boolean;
}

/** Serves the leader's status page on this machine until Ctrl-C, which ends it with 0. */
export async function serveDashboard(invocation: Invocation<DashboardOptions>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  return await untilStopped((stopping) =>
    withHub(invocation, async (hub) => {
      const relay = new LeaderRelay(hub, (line) => terminal.note(line));
      // Errors belong here, not into the browser.
      await relay.findLeader(stopping);
      const server = createServer((request, response) => void relay.answer(request, response));
      const port = await listen(server, options.port);
      const address = `http://127.0.0.1:${port}/`;
      terminal.print(address);
      terminal.note('The status page is there until Ctrl-C.');
      if (options.browser && terminal.interactive) openBrowser(address, terminal.environment);
      await relay.followLeader(stopping);
      relay.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      return EXIT.good;
    }),
  );
}

/** On the loopback address only. @throws CommandFailedError */
async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(
        new CommandFailedError(`The port ${port} cannot be listened on (${code}).`, {
          remedy: 'Give another by --port, or leave it out.',
          lasting: true,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
