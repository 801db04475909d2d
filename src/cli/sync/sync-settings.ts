import { parseSettings, type Settings } from '../../config/settings.ts';
import { CommandFailedError } from '../command-failed.error.ts';

/**
 * The settings for one pass. Nothing is watched and no Event is written, since it is over before either would be of use. The
 * Lease is taken even where the service takes none, so that no two write at once; on a dry run nobody writes.
 *
 * @param merged those of the chart that is installed, and over them those of the environment
 * @param own those of the environment alone
 * @throws CommandFailedError when an exporter that takes no Lease may be running
 */
export function syncSettings(
  merged: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string | undefined>>,
  dryRun: boolean,
): Settings {
  if (!dryRun && !own.MCCE_LEADER_ELECTION && merged.MCCE_LEADER_ELECTION === 'false')
    throw new CommandFailedError(
      'The exporter that is installed elects no leader, so it may be writing at this moment. Set config.leaderElection in its values; or scale it to 0 and set MCCE_LEADER_ELECTION=true here.',
    );
  return parseSettings({
    MCCE_LEADER_ELECTION: 'true',
    ...merged,
    ...(dryRun && { MCCE_LEADER_ELECTION: 'false' }),
    MCCE_LOG_LEVEL: own.MCCE_LOG_LEVEL || 'error',
    MCCE_WATCH_SOURCES: 'false',
    MCCE_EVENTS: 'false',
  });
}
