import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ContentChangedEvent } from '../../storage-sync/keeping/content-changed.event.ts';
import { AggregateWriteEvent } from '../../storage-sync/publishing/publishing.events.ts';
import { ClusterConfigChangedEvent } from '../../cluster-config/cluster-config-changed.event.ts';
import { LastChanges } from './last-changes.ts';

describe('the last change of a cluster', () => {
  let changes: LastChanges;

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-23T10:00:00Z') });
    changes = new LastChanges();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const change = (cluster: string) => changes.onContentChanged(new ContentChangedEvent(cluster));
  const write = (result: AggregateWriteEvent['result'], ...clusters: string[]) =>
    changes.onWrite(new AggregateWriteEvent(result, clusters));

  it('is measured from the read to the write that has it', () => {
    change('east');
    vi.advanceTimersByTime(100);
    change('west');
    vi.advanceTimersByTime(200);
    write('ok', 'east', 'west');

    expect(changes.of('east')).toEqual({ at: new Date('2026-11-23T10:00:00Z'), publishedAfterMs: 300 });
    expect(changes.of('west')?.publishedAfterMs).toBe(200);
  });

  it('waits for a write that succeeds', () => {
    change('east');
    write('error', 'east');
    write('conflict', 'east');
    expect(changes.of('east')).toBeUndefined();

    vi.advanceTimersByTime(50);
    write('ok', 'east');
    expect(changes.of('east')?.publishedAfterMs).toBe(50);
  });

  it('does not change when a write restores what somebody else overwrote', () => {
    change('east');
    write('ok', 'east');
    vi.advanceTimersByTime(60_000);

    write('ok', 'east');

    expect(changes.of('east')?.publishedAfterMs).toBe(0);
  });

  it('is forgotten with the cluster, and with the leadership', () => {
    for (const cluster of ['east', 'west']) change(cluster);
    write('ok', 'east', 'west');

    changes.onClusterConfigChanged(new ClusterConfigChangedEvent([], [], ['east'], []));
    expect(changes.of('east')).toBeUndefined();
    expect(changes.of('west')).toBeDefined();

    changes.onLeadershipChanged();
    expect(changes.of('west')).toBeUndefined();
  });
});
