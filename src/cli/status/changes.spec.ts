import { describe, expect, it } from 'vitest';
import {
  aCluster,
  aStaleCluster,
  aStatus,
  NOW,
  secondsAgo,
  withClusters,
  withRegistry,
} from '../../../test/support/statuses.ts';
import { changeLines } from './changes.ts';

const east = aCluster('east');
const west = aCluster('west');

describe('the changes between two statuses', () => {
  it('are none while state and reason stay, whatever else moves', () => {
    const later = aCluster('east', { lastSuccess: secondsAgo(0), message: 'other words' });

    expect(changeLines(aStatus(withClusters(east)), aStatus(withClusters(later)), NOW)).toEqual([]);
  });

  it('are told with their time, state and reason', () => {
    const after = aStatus(withClusters(aStaleCluster('east'), west));

    expect(changeLines(aStatus(withClusters(east, west)), after, NOW)).toEqual([
      '2026-11-23T09:55:00Z east stale timeout',
    ]);
  });

  it('are a new reason, too', () => {
    const after = aStatus(withClusters({ ...aStaleCluster('east'), reason: 'dns', since: secondsAgo(2.4) }));

    expect(changeLines(aStatus(withClusters(aStaleCluster('east'))), after, NOW)).toEqual([
      '2026-11-23T09:59:57Z east stale dns',
    ]);
  });

  it('are clusters that have come and gone', () => {
    const pending = { ...aCluster('west'), state: 'pending' as const, since: secondsAgo(1) };
    delete pending.reason;

    expect(changeLines(aStatus(withClusters(east)), aStatus(withClusters(pending)), NOW)).toEqual([
      '2026-11-23T09:59:59Z west pending',
      '2026-11-23T10:00:00Z east removed',
    ]);
  });

  it('are those of the Secrets, by namespace and name, which no cluster can have', () => {
    const after = aStatus(withRegistry({ state: 'missing', since: secondsAgo(3) }));

    expect(changeLines(aStatus(), after, NOW)).toEqual([
      '2026-11-23T09:59:57Z storage/multi-k8s-config missing',
    ]);
  });

  it('are everything at first, the oldest on top', () => {
    expect(changeLines(undefined, aStatus(withClusters(aStaleCluster('east'), west)), NOW)).toEqual([
      '2026-11-11T10:00:00Z storage/multi-k8s-config present',
      '2026-11-11T10:00:00Z storage/multi-storage-config published',
      '2026-11-23T09:00:00Z west synced ok',
      '2026-11-23T09:55:00Z east stale timeout',
    ]);
  });
});
