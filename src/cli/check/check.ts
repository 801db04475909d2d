import { parseSettings } from '../../base/config/settings.ts';
import type { JudgedEntry } from '../../cluster-config/registries/judge-entries.ts';
import { SecureContexts } from '../../kube/http/secure-contexts.ts';
import { WorkSlots } from '../../storage-sync/reading/work-slots.ts';
import { type ClustersFormat, formatClusters } from '../document.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Hub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { select } from '../selection.ts';
import type { Terminal } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { clustersOfOtherRegistries, type ForeignCluster } from '../status/other-registries.ts';
import { failedAs, good, warning } from './finding.ts';
import { checkReport, exitCodeOf, type TargetReport, targetReport } from './check-report.ts';
import { checkTable } from './check-table.ts';
import { ClusterCheck } from './cluster-check.ts';
import { HubCheck } from './hub-check.ts';
import { runSteps } from './step-runner.ts';
import { VERDICTS, type TargetVerdict } from './verdicts.ts';

/** Options of `mcce check`. */
export interface CheckOptions {
  /** Undefined: all. */
  state?: readonly TargetVerdict[];
  output: ClustersFormat;
}

/**
 * Tries the hub, then all clusters at the same time, each step by step, and says which step fails and what to do. Nothing is
 * written.
 *
 * @throws SettingsInvalidError, CommandFailedError
 */
export async function check(
  invocation: Invocation<CheckOptions, [names: readonly string[]]>,
): Promise<ExitCode> {
  const { terminal, options, args } = invocation;
  const hub = new HubCheck(invocation);
  return await untilInterrupted(async (interruption) => {
    try {
      const { readTimeoutMs: limitMs } = parseSettings(terminal.environment);
      const onStep = (step: string) => terminal.progress(`checking the hub: ${step}`);
      const hubSteps = await runSteps(hub.steps, { limitMs, interruption, onStep });
      await hub.readOn(limitMs);
      const others = hub.setup ? await clustersOfOtherRegistries(hub.setup) : { clusters: [] };
      if (others.doubt !== undefined) terminal.warn([others.doubt]);
      const targets = hub.setup && hub.registry ? chosen([...hub.entries, ...others.clusters], args[0]) : [];
      const entries = targets.filter((target) => 'verdict' in target);
      const foreign = targets.filter((target): target is ForeignCluster => !('verdict' in target));
      const checked = hub.setup
        ? [
            ...(await checkClusters(entries, hub.setup, terminal, interruption)),
            ...foreign.map(foreignReport),
          ]
        : [];
      interruption.throwIfAborted();
      const clusters = select(
        checked,
        { names: [], states: options.state },
        ({ verdict }) => verdict,
        VERDICTS,
      );
      const report = checkReport(targetReport({ server: hub.server }, hubSteps), clusters);
      terminal.clearProgress();
      const table = (wide: boolean) => checkTable(report, terminal, wide);
      terminal.print(formatClusters(report, clusters, options.output, table));
      return exitCodeOf(checkReport(report.hub, checked), hub.registry !== undefined);
    } finally {
      await hub.close();
    }
  });
}

/** Where there is no entry at all, the hub's report says it. */
function chosen<Target extends { readonly name: string }>(
  targets: readonly Target[],
  names: readonly string[],
): Target[] {
  return targets.length === 0 ? [] : select(targets, { names }, () => '', []);
}

/** Its credentials are with the extension, so what the exporter found out counts. */
function foreignReport(cluster: ForeignCluster): TargetReport {
  const { state, registry, message, remedy } = cluster;
  const told = { message: message ?? `It is ${state}.`, remedy };
  const finding =
    state === 'synced'
      ? good(`synced, says the exporter; the registry ${registry} names it`)
      : state === 'pending' && message === undefined
        ? warning('The exporter has not read it yet.')
        : failedAs(told);
  return targetReport(cluster, [{ step: 'exporter', ...finding }]);
}

async function checkClusters(
  entries: readonly JudgedEntry[],
  setup: Hub,
  terminal: Pick<Terminal, 'progress'>,
  interruption: AbortSignal,
): Promise<TargetReport[]> {
  const secureContexts = new SecureContexts();
  const slots = new WorkSlots(setup.settings.readConcurrency);
  let done = 0;
  const checkOne = async (entry: JudgedEntry): Promise<TargetReport> => {
    const cluster = new ClusterCheck(entry, setup, secureContexts);
    try {
      const steps = await runSteps(cluster.steps, {
        limitMs: setup.settings.readTimeoutMs,
        interruption,
        onStep: (step) =>
          terminal.progress(`checking ${done + 1} of ${entries.length}: ${entry.name}: ${step}`),
      });
      return targetReport(cluster, steps);
    } finally {
      done++;
      await cluster.close();
    }
  };
  const reports = await Promise.all(
    entries.map((entry) => slots.run('usual', interruption, () => checkOne(entry))),
  );
  return reports.filter((report) => report !== undefined);
}
