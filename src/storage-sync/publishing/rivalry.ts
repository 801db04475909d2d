/** So many writes of ours that somebody undoes within this time make a rival. Milliseconds. */
const RIVAL_WRITES = 2;
const RIVAL_WITHIN_MS = 10_000;
/** Between two of our writes while there is a rival: it doubles from the first to the last. Milliseconds. */
const FIRST_DELAY_MS = 2_000;
const LONGEST_DELAY_MS = 30_000;
/** After this time without an undone write the rival is gone. Milliseconds. */
const QUIET_MS = 60_000;

/**
 * Tells a slip of a hand from somebody who writes the same object as we do, and damps what would else be a race. Pure; times are
 * milliseconds on a monotonic clock.
 */
export class Rivalry {
  private undoneAtMs: number[] = [];
  private delayMs = 0;

  /** When the next write may be. */
  get notBeforeMs(): number {
    return this.latestMs + this.delayMs;
  }

  /** Until when there is a rival, if nothing more is undone; in the past: there is none. */
  get untilMs(): number {
    return this.delayMs === 0 ? Number.NEGATIVE_INFINITY : this.latestMs + QUIET_MS;
  }

  /** Takes note that somebody else's write undid ours. */
  noteUndone(nowMs: number): void {
    if (nowMs - this.latestMs >= QUIET_MS) this.clear();
    this.undoneAtMs = [...this.undoneAtMs.filter((atMs) => nowMs - atMs < RIVAL_WITHIN_MS), nowMs];
    if (this.delayMs > 0) this.delayMs = Math.min(2 * this.delayMs, LONGEST_DELAY_MS);
    else if (this.undoneAtMs.length >= RIVAL_WRITES) this.delayMs = FIRST_DELAY_MS;
  }

  clear(): void {
    this.undoneAtMs = [];
    this.delayMs = 0;
  }

  private get latestMs(): number {
    return this.undoneAtMs.at(-1) ?? Number.NEGATIVE_INFINITY;
  }
}
