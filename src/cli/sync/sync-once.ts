import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../app.module.ts';
import { StatusReporter } from '../../health/status/status.reporter.ts';
import { HubCredentials } from '../../kube/hub/hub-credentials.ts';
import { SyncView } from '../../storage-sync/sync-view.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { API_VERSION, type Format, formatDocument } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { errorsOf, type StatusDocument } from '../status/status-document.ts';
import { problemLines, statusTable } from '../status/status-table.ts';
import { planTable } from './plan-table.ts';
import { type KeyChange, planChanges } from './sync-plan.ts';
import { syncSettings } from './sync-settings.ts';
import { untilInterrupted } from './until-interrupted.ts';
import { untilSynced } from './until-synced.ts';

/** Options of `mcce sync`. */
export interface SyncOptions {
  once: true;
  dryRun?: true;
  /** Milliseconds. */
  timeout: number;
  output: Format;
}

/**
 * Runs the application of the service, without HTTP, for one pass and one publication. It is closed before anything is printed:
 * whoever stops reading us would end it with the Lease in its hands.
 */
export async function syncOnce(invocation: Invocation<SyncOptions>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const dryRun = options.dryRun ?? false;
  const outcome = await withHub(invocation, async ({ kubeConfig, environment }) => {
    const settings = syncSettings(environment, terminal.environment, dryRun);
    refuseExtensions(settings.extensions);
    const service = AppModule.register(settings, new HubCredentials(kubeConfig), {
      logTo: process.stderr,
      writes: !dryRun,
    });
    return await untilInterrupted(async (interruption) => {
      const app = await NestFactory.createApplicationContext(
        { module: class SyncModule {}, imports: [service] },
        { logger: false, abortOnError: false },
      );
      try {
        await untilSynced(app, terminal, options.timeout, interruption);
        return { status: statusOf(app), plan: planOf(app) };
      } finally {
        await app.close();
      }
    });
  });
  return dryRun ? printPlan(outcome, invocation) : printStatus(outcome, invocation);
}

/** Without them clusters that they name would count as gone. */
function refuseExtensions(extensions: readonly string[]): void {
  if (extensions.length === 0) return;
  throw new CommandFailedError(
    `The exporter runs with extensions (${extensions.join(', ')}), which mcce does not load; let the exporter itself write the aggregate.`,
  );
}

/** What the application knew in the end. */
interface Outcome {
  status: StatusDocument;
  /** What is still to be written. */
  plan: SyncPlan;
}

/** What `--dry-run` prints. */
interface SyncPlan {
  apiVersion: typeof API_VERSION;
  kind: 'SyncPlan';
  writes: boolean;
  changes: readonly KeyChange[];
}

function printStatus(
  { status }: Outcome,
  { terminal, options }: Pick<Invocation<SyncOptions>, 'terminal' | 'options'>,
): ExitCode {
  terminal.print(formatDocument(status, options.output, (wide) => statusTable(status, terminal, { wide })));
  return errorsOf(status).length === 0 ? EXIT.good : EXIT.degraded;
}

function printPlan(
  { status, plan }: Outcome,
  { terminal, options }: Pick<Invocation<SyncOptions>, 'terminal' | 'options'>,
): ExitCode {
  terminal.print(formatDocument(plan, options.output, () => planTable(plan, terminal)));
  const problems = errorsOf(status);
  if (problems.length > 0) terminal.note(problemLines(problems));
  return problems.length === 0 && !plan.writes ? EXIT.good : EXIT.degraded;
}

function planOf(app: INestApplicationContext): SyncPlan {
  const { plan, aggregate } = app.get(SyncView, { strict: false });
  return {
    apiVersion: API_VERSION,
    kind: 'SyncPlan',
    writes: plan !== undefined,
    changes: plan ? planChanges(aggregate, plan) : [],
  };
}

/** As it comes over the wire. */
function statusOf(app: INestApplicationContext): StatusDocument {
  return JSON.parse(JSON.stringify(app.get(StatusReporter, { strict: false }).report())) as StatusDocument;
}
