import { describe, expect, it } from 'vitest';
import { syncSettings } from './sync-settings.ts';

/** As the hub puts them together. */
const settings = (installed: Record<string, string>, own: Record<string, string>, dryRun = false) =>
  syncSettings({ ...installed, ...own }, own, dryRun);
const NO_LEASE = { MCCE_LEADER_ELECTION: 'false' };
const LEASE = { MCCE_LEADER_ELECTION: 'true' };

describe('syncSettings', () => {
  it.each([
    ['nobody says anything', {}, {}],
    ['the exporter takes it', LEASE, {}],
    ['the environment wants it, whatever the exporter does', NO_LEASE, LEASE],
  ])('takes the Lease where %s', (_case, installed, own) => {
    expect(settings(installed, own).leaderElection).toBe(true);
  });

  it.each([
    ['the exporter takes none', NO_LEASE, {}],
    ['the environment is that of such an exporter', NO_LEASE, NO_LEASE],
    ['the environment alone wants none', {}, NO_LEASE],
    ['the environment wants none, though the exporter takes it', LEASE, NO_LEASE],
  ])('refuses where %s, and a dry run continues without', (_case, installed, own) => {
    expect(() => settings(installed, own)).toThrow('set MCCE_LEADER_ELECTION=true here');
    expect(settings(installed, own, true).leaderElection).toBe(false);
  });

  it('watches no source and writes no Event', () => {
    expect(settings({ MCCE_EVENTS: 'true' }, { MCCE_WATCH_SOURCES: 'true' })).toMatchObject({
      events: false,
      watchSources: false,
    });
  });
});
