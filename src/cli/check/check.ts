import type { JudgedEntry } from '../../cluster-config/registries/judge-entries.ts';
import { parseSettings } from '../../base/config/settings.ts';
import { SecureContexts } from '../../kube/http/secure-contexts.ts';
import { WorkSlots } from '../../storage-sync/reading/work-slots.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { type Format, formatDocument } from '../document.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { roomByCluster } from './aggregate-room.ts';
import { CheckProgress } from './check-progress.ts';
import { checkReport, exitCodeOf, type TargetReport, targetReport } from './check-report.ts';
import { checkTable } from './check-table.ts';
import { ClusterCheck } from './cluster-check.ts';
import type { ExporterSetup } from './exporter-setup.ts';
import { HubCheck } from './hub-check.ts';
import { runSteps, type StepReport } from './step-runner.ts';

/** Options of `mcce check`. */
export interface CheckOptions {
  /** Names; undefined: all. */
  cluster?: readonly string[];
  output: Format;
}

/**
 * Tries the hub, then all clusters at the same time, each step by step, and says which step fails and what to do. Nothing is
 * written.
 *
 * @throws SettingsInvalidError, CommandFailedError
 */
export async function check(invocation: Invocation<CheckOptions>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const progress = new CheckProgress(terminal);
  const hub = new HubCheck(invocation);
  try {
    const { readTimeoutMs: limitMs } = parseSettings(terminal.environment);
    const hubSteps = await runSteps(hub.steps, { limitMs, onStep: progress.ofHub });
    await hub.readOn(limitMs);
    const clusters = hub.setup && hub.registry ? await checkClusters(hub, hub.setup, options, progress) : [];
    const report = checkReport(targetReport({ server: hub.server }, hubSteps), clusters);
    terminal.clearProgress();
    terminal.print(formatDocument(report, options.output, (wide) => checkTable(report, terminal, wide)));
    return exitCodeOf(report, hub.registry !== undefined);
  } finally {
    await hub.close();
  }
}

async function checkClusters(
  hub: HubCheck,
  setup: ExporterSetup,
  options: CheckOptions,
  progress: CheckProgress,
): Promise<TargetReport[]> {
  const { entries } = hub;
  const secureContexts = new SecureContexts();
  const checks = chosen(entries, options.cluster).map(
    (entry) => new ClusterCheck(entry, setup, secureContexts),
  );
  progress.expect(checks.length);
  const slots = new WorkSlots(setup.settings.readConcurrency);
  const { signal } = new AbortController();
  const steps = await Promise.all(
    checks.map((cluster) =>
      slots.run('usual', signal, () => checkCluster(cluster, setup.settings.readTimeoutMs, progress)),
    ),
  );

  // Who fits depends on all the others, so it is decided once they were all read.
  const read = new Map(checks.flatMap(({ name, content }) => (content ? [[name, content] as const] : [])));
  const names = entries.map(({ name }) => name);
  const room = hub.aggregate && roomByCluster(read, names, hub.aggregate.object);
  return checks.map((cluster, index) => {
    const finding = room
      ? (room.get(cluster.name) ?? { verdict: 'skipped' as const })
      : { verdict: 'skipped' as const, message: 'The aggregate could not be read.' };
    return targetReport(cluster, [...(steps[index] ?? []), { step: 'room', ...finding }]);
  });
}

async function checkCluster(
  cluster: ClusterCheck,
  limitMs: number,
  progress: CheckProgress,
): Promise<StepReport[]> {
  try {
    return await runSteps(cluster.steps, {
      limitMs,
      onStep: (step) => progress.ofCluster(cluster.name, step),
    });
  } finally {
    progress.ended();
    await cluster.close();
  }
}

/**
 * Where there is no entry at all, the hub's report says it.
 *
 * @throws CommandFailedError for a name that the registry does not have
 */
function chosen(entries: readonly JudgedEntry[], names: readonly string[] | undefined): JudgedEntry[] {
  if (!names || entries.length === 0) return [...entries];
  const known = new Set(entries.map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new CommandFailedError(
      `The registry has no cluster ${unknown.join(', ')}; it has ${[...known].join(', ')}.`,
    );
  }
  return entries.filter(({ name }) => names.includes(name));
}
