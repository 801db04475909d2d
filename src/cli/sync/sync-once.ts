import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../app.module.ts';
import { StatusReporter } from '../../health/status.reporter.ts';
import { HubCredentials } from '../../kube/hub-credentials.ts';
import { HeldAggregate } from '../../storage-sync/held-aggregate.ts';
import { API_VERSION, type Format, formatDocument } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { problemsOf } from '../status/judgement.ts';
import type { StatusDocument } from '../status/status-document.ts';
import { problemLines, statusTable } from '../status/status-table.ts';
import { DryRunModule, PlannedAggregateWriter } from './planned-aggregate-writer.ts';
import { planTable } from './plan-table.ts';
import { planChanges } from './sync-plan.ts';
import { syncSettings } from './sync-settings.ts';
import { untilSynced } from './until-synced.ts';

/** Options of `mcce sync`. */
export interface SyncOptions {
  once: true;
  dryRun?: true;
  /** Milliseconds. */
  timeout: number;
  output: Format;
}

/** Runs the application of the service, without HTTP, for one pass and one publication. */
export async function syncOnce(invocation: Invocation<SyncOptions>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const dryRun = options.dryRun ?? false;
  return await withHub(invocation, async ({ kubeConfig, environment }) => {
    const settings = syncSettings(environment, terminal.environment, dryRun);
    const service = AppModule.register(settings, new HubCredentials(kubeConfig), { logTo: process.stderr });
    const imports = dryRun ? [service, DryRunModule] : [service];
    const app = await NestFactory.createApplicationContext(
      { module: class SyncModule {}, imports },
      { logger: false, abortOnError: false },
    );
    try {
      await untilSynced(app, terminal, options.timeout);
      return dryRun ? printPlan(app, invocation) : printStatus(app, invocation);
    } finally {
      await app.close();
    }
  });
}

function printStatus(
  app: INestApplicationContext,
  { terminal, options }: Pick<Invocation<SyncOptions>, 'terminal' | 'options'>,
): ExitCode {
  const status = statusOf(app);
  terminal.print(formatDocument(status, options.output, (wide) => statusTable(status, terminal, { wide })));
  return problemsOf(status).length === 0 ? EXIT.good : EXIT.degraded;
}

function printPlan(
  app: INestApplicationContext,
  { terminal, options }: Pick<Invocation<SyncOptions>, 'terminal' | 'options'>,
): ExitCode {
  const wanted = app.get(PlannedAggregateWriter, { strict: false }).aggregate;
  const changes = wanted ? planChanges(app.get(HeldAggregate, { strict: false }).secret, wanted) : [];
  const document = {
    apiVersion: API_VERSION,
    kind: 'SyncPlan',
    writes: wanted !== undefined,
    changes,
  } as const;
  terminal.print(formatDocument(document, options.output, () => planTable(document, terminal)));
  const problems = problemsOf(statusOf(app));
  if (problems.length > 0) terminal.note(problemLines(problems));
  return problems.length === 0 && !wanted ? EXIT.good : EXIT.degraded;
}

/** As it comes over the wire. */
function statusOf(app: INestApplicationContext): StatusDocument {
  return JSON.parse(JSON.stringify(app.get(StatusReporter, { strict: false }).report())) as StatusDocument;
}
