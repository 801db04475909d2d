import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../app.module.ts';
import { StatusReporter } from '../../health/status/status.reporter.ts';
import { HubCredentials } from '../../kube/hub/hub-credentials.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import type { StatusDocument } from '../status/status-document.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { syncSettings } from './sync-settings.ts';
import { untilSynced } from './until-synced.ts';

/**
 * Runs the application of the service, without HTTP, for one pass and one publication. It is closed before anything is printed:
 * a reader that stops would end it with the Lease in its hands.
 *
 * @param options.writes false: what is to be published is only planned
 * @param result what is taken from the application, given its status, before it is closed
 */
export async function withPass<Result>(
  invocation: Invocation<{ timeout: number }>,
  { writes }: { writes: boolean },
  result: (app: INestApplicationContext, status: StatusDocument) => Result,
): Promise<Result> {
  const { terminal, options } = invocation;
  return await withHub(invocation, async ({ kubeConfig, environment }) => {
    const settings = syncSettings(environment, terminal.environment, !writes);
    refuseExtensions(settings.extensions);
    const service = AppModule.register(settings, new HubCredentials(kubeConfig), {
      logTo: process.stderr,
      writes,
    });
    return await untilInterrupted(async (interruption) => {
      const app = await NestFactory.createApplicationContext(
        { module: class SyncModule {}, imports: [service] },
        { logger: false, abortOnError: false },
      );
      try {
        await untilSynced(app, terminal, options.timeout, interruption);
        return result(app, statusOf(app));
      } finally {
        await app.close();
      }
    });
  });
}

/** Without them clusters that they name would count as gone. @throws CommandFailedError */
function refuseExtensions(extensions: readonly string[]): void {
  if (extensions.length === 0) return;
  throw new CommandFailedError(
    `The exporter runs with extensions (${extensions.join(', ')}), which mcce does not load; let the exporter itself write the aggregate.`,
  );
}

/** As it comes over the wire. */
function statusOf(app: INestApplicationContext): StatusDocument {
  return JSON.parse(JSON.stringify(app.get(StatusReporter, { strict: false }).report())) as StatusDocument;
}
