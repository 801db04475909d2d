/** What may be transferred in a second over a long time. */
const BYTES_PER_SECOND = 512 * 1024;
/** Bounds on how long one transfer keeps the next one waiting, over a long time: ten a second at most, and one at least. Milliseconds. */
const COST_LIMITS_MS = [100, 1_000] as const;
/** What may be used at once after quiet: twenty small transfers, or two large ones. Milliseconds. */
const BURST_MS = 2_000;

/**
 * Bounds how often whole objects are written or read, whatever causes it: a token bucket (as "virtual scheduling" of ITU-T I.371),
 * in which a transfer costs time by its size. Pure; times are milliseconds on a monotonic clock.
 */
export class TransferBudget {
  /** Until when what was spent is not yet earned again. */
  private spentUntilMs = Number.NEGATIVE_INFINITY;

  /**
   * When there is enough for a transfer of this size.
   *
   * @param further such transfers for which there should be enough left
   */
  readyAtMs(bytes: number, further = 0): number {
    return this.spentUntilMs + (1 + further) * costMs(bytes) - BURST_MS;
  }

  /** Takes note of a transfer. */
  spend(bytes: number, nowMs: number): void {
    this.spentUntilMs = Math.max(this.spentUntilMs, nowMs) + costMs(bytes);
  }
}

function costMs(bytes: number): number {
  const [least, most] = COST_LIMITS_MS;
  return Math.min(most, Math.max(least, (bytes / BYTES_PER_SECOND) * 1_000));
}
