import { SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSettings } from '../../base/config/settings.ts';
import { STORAGE_SYNC_INTERVAL, StorageSyncScheduler } from './storage-sync.scheduler.ts';

describe('StorageSyncScheduler', () => {
  let registry: SchedulerRegistry;
  let scheduler: StorageSyncScheduler;
  const tick = vi.fn<() => void>();

  beforeEach(() => {
    vi.useFakeTimers();
    tick.mockReset();
    registry = new SchedulerRegistry();
    scheduler = new StorageSyncScheduler(parseSettings({ MCCE_SYNC_INTERVAL: '10s' }), registry);
  });

  afterEach(() => {
    scheduler.stop();
    vi.useRealTimers();
  });

  it('ticks once in every period, which varies by at most 10%', () => {
    const times: number[] = [];
    tick.mockImplementation(() => times.push(Date.now()));
    const startedAt = Date.now();
    scheduler.restart(tick);

    vi.advanceTimersByTime(500_000);

    const periods = times.map((time, index) => time - (times[index - 1] ?? startedAt));
    expect(periods.length).toBeGreaterThan(40);
    expect(Math.min(...periods)).toBeGreaterThanOrEqual(9_000);
    expect(Math.max(...periods)).toBeLessThanOrEqual(11_000);
    expect(new Set(periods).size).toBeGreaterThan(10);
  });

  it('is one interval in Nest’s registry, however often it restarts', () => {
    for (let count = 0; count < 5; count++) scheduler.restart(tick);

    expect(registry.getIntervals()).toEqual([STORAGE_SYNC_INTERVAL]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('counts the time again after a restart', () => {
    scheduler.restart(tick);
    vi.advanceTimersByTime(8_000);
    scheduler.restart(tick);
    vi.advanceTimersByTime(8_000);

    expect(tick).not.toHaveBeenCalled();
  });

  it('stops, also twice and before it started', () => {
    scheduler.stop();
    scheduler.restart(tick);
    scheduler.stop();
    scheduler.stop();
    vi.advanceTimersByTime(60_000);

    expect(tick).not.toHaveBeenCalled();
    expect(registry.getIntervals()).toEqual([]);
  });

  it('is overdue when a tick does not come', () => {
    scheduler.restart(tick);
    expect(scheduler.overdue).toBe(false);

    registry.deleteInterval(STORAGE_SYNC_INTERVAL);
    vi.advanceTimersByTime(60_000);

    expect(scheduler.overdue).toBe(true);
  });
});
