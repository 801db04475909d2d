import { Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Settings } from '../../base/config/settings.ts';

/** Name of the interval in Nest's `SchedulerRegistry`. */
export const STORAGE_SYNC_INTERVAL = 'storage-sync';

/** Share by which the interval varies, so that many exporters do not read the same clusters in step. */
const JITTER = 0.1;
/** How late a tick may be before the scheduler counts as stuck. Milliseconds. */
const OVERDUE_MS = 30_000;

/** Owns the dynamic interval of the passes. Hides what Nest's registry does not forgive: a name twice, or not there. */
@Injectable()
export class StorageSyncScheduler {
  private tick: (() => void) | undefined;
  private dueAtMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly settings: Settings,
    private readonly scheduler: SchedulerRegistry,
  ) {}

  /** Whether a tick should have come long ago. */
  get overdue(): boolean {
    return performance.now() > this.dueAtMs + OVERDUE_MS;
  }

  /**
   * Begins a new interval, from now on. One that runs already ends.
   *
   * @param tick must not throw: nothing catches around an interval
   */
  restart(tick: () => void): void {
    this.stop();
    this.tick = tick;
    const periodMs = this.settings.syncIntervalMs * (1 + JITTER * (2 * Math.random() - 1));
    this.dueAtMs = performance.now() + periodMs;
    this.scheduler.addInterval(
      STORAGE_SYNC_INTERVAL,
      setInterval(() => this.onTick(), periodMs),
    );
  }

  /** Can be called at any time. */
  stop(): void {
    this.tick = undefined;
    this.dueAtMs = Number.POSITIVE_INFINITY;
    if (this.scheduler.doesExist('interval', STORAGE_SYNC_INTERVAL)) {
      this.scheduler.deleteInterval(STORAGE_SYNC_INTERVAL);
    }
  }

  private onTick(): void {
    const { tick } = this;
    if (!tick) return;
    // Every period gets a jitter of its own.
    this.restart(tick);
    tick();
  }
}
