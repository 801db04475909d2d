import { parseSettings, type Settings } from '../../base/config/settings.ts';
import { CommandFailedError } from '../command-failed.error.ts';

/**
 * The settings for one pass. Nothing is watched and no Event is written, since it is over before either would be of use. The
 * Lease is always taken, so that no two write at once; on a dry run nobody writes.
 *
 * @param merged those of the chart that is installed, and over them those of the environment
 * @param own those of the environment alone
 * @throws CommandFailedError when they want no Lease to be taken: anyone who runs by the same settings may be writing
 */
export function syncSettings(
  merged: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string | undefined>>,
  dryRun: boolean,
): Settings {
  const settings = parseSettings({
    MCCE_LEADER_ELECTION: 'true',
    ...merged,
    ...(dryRun && { MCCE_LEADER_ELECTION: 'false' }),
    MCCE_LOG_LEVEL: own.MCCE_LOG_LEVEL || 'error',
    MCCE_WATCH_SOURCES: 'false',
    MCCE_EVENTS: 'false',
  });
  // In the exporter's pod, or with its ConfigMap, the environment says what the exporter does, and not what we may do.
  if (!dryRun && !settings.leaderElection)
    throw new CommandFailedError(
      'By MCCE_LEADER_ELECTION=false, in the environment or in the ConfigMap of the exporter, the exporter takes no Lease, so it may be writing at this moment. Set config.leaderElection in the values of the chart; or scale it to 0 and set MCCE_LEADER_ELECTION=true here.',
    );
  // One run is all the cluster gets: a failure is remembered at once, so that graces go on from run to run.
  return Object.assign(settings, { staleAfterMs: 0 });
}
