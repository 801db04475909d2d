import { Injectable } from '@nestjs/common';
import { TransferBudget } from '../../base/time/transfer-budget.ts';

/** Small transfers that are left for the aggregate: half of what may be used at once. */
const RESERVED = 10;
/** An aggregate that never rests lets an object through this often. Milliseconds. */
const STARVED_MS = 1_000;

/**
 * Bounds the writes of the hub, whatever causes them: the aggregate and the objects of outputs share one budget. The aggregate comes first, and objects
 * get what it leaves, and one write a second in any case. Times are milliseconds on the monotonic clock.
 */
@Injectable()
export class WriteBudget {
  private readonly budget = new TransferBudget();
  private objectWrittenAtMs = Number.NEGATIVE_INFINITY;

  /**
   * When the aggregate may be written.
   *
   * @param further writes of the same size for which there should be enough left
   */
  readyAtMs(bytes: number, further = 0): number {
    return this.budget.readyAtMs(bytes, further);
  }

  /** Takes note of a write of the aggregate. */
  spend(bytes: number, nowMs: number): void {
    this.budget.spend(bytes, nowMs);
  }

  /** When an output may write an object. */
  objectReadyAtMs(): number {
    return Math.min(this.budget.readyAtMs(0, RESERVED), this.objectWrittenAtMs + STARVED_MS);
  }

  /** Takes note of a write of an object. */
  spendOnObject(nowMs: number): void {
    this.budget.spend(0, nowMs);
    this.objectWrittenAtMs = nowMs;
  }
}
