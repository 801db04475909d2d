import { SyncView } from '../../storage-sync/sync-view.ts';
import { API_VERSION, type Format, formatDocument } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { errorsOf } from '../status/status-document.ts';
import { problemLines } from '../status/status-table.ts';
import { withPass } from '../sync/run-pass.ts';
import { diffTable } from './diff-table.ts';
import { keyChanges } from './key-changes.ts';

/** Options of `mcce diff`. */
export interface DiffOptions {
  /** Milliseconds. */
  timeout: number;
  output: Format;
}

/** Reads every cluster, and prints what a sync would change in the aggregate. Writes nothing, and takes no Lease. */
export async function showDiff(invocation: Invocation<DiffOptions>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const { status, diff } = await withPass(invocation, { writes: false }, (app, report) => {
    const { plan, aggregate } = app.get(SyncView, { strict: false });
    const changes = plan ? keyChanges(aggregate, plan) : [];
    const document = { apiVersion: API_VERSION, kind: 'Diff', writes: plan !== undefined, changes } as const;
    return { status: report, diff: document };
  });
  terminal.print(formatDocument(diff, options.output, () => diffTable(diff, terminal)));
  const problems = errorsOf(status);
  if (problems.length > 0) terminal.note(problemLines(problems));
  return problems.length === 0 && !diff.writes ? EXIT.good : EXIT.degraded;
}
