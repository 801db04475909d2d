import { Backoff, HUB_BACKOFF } from '../../../base/time/backoff.ts';
import { isSameWrite, type WritePlan } from './write-plan.ts';

/** A part that cannot be written, and the others need not wait for. */
interface Obstacle {
  readonly error: unknown;
  /** When it is worth another try, on the monotonic clock. */
  readonly retryAtMs: number;
  readonly retries: Backoff;
  /** What did not help. Undefined: trying the same again may. */
  readonly useless?: WritePlan | undefined;
}

/**
 * Whose turn it is of the parts that differ from what the hub holds: the one that has waited longest, so that a part that changes all the time
 * delays no other; and one that cannot be written waits alone. Does no I/O.
 */
export class PartTurns {
  private readonly triedAtMs = new Map<number, number>();
  private readonly obstacles = new Map<number, Obstacle>();

  /** The plan to carry out now; undefined: none can be. */
  next(plans: readonly WritePlan[], nowMs: number): WritePlan | undefined {
    const triedAtMs = ({ part }: WritePlan) => this.triedAtMs.get(part) ?? Number.NEGATIVE_INFINITY;
    return plans
      .filter((plan) => this.isWorthATry(plan, nowMs))
      .toSorted((a, b) => triedAtMs(a) - triedAtMs(b) || b.part - a.part)[0];
  }

  /** Takes note that a part was written, or that it was tried. */
  tried(part: number, nowMs: number): void {
    this.triedAtMs.set(part, nowMs);
  }

  /** Lets a part wait that cannot be written. */
  failed(part: number, error: unknown, nowMs: number): void {
    const retries = this.obstacles.get(part)?.retries ?? new Backoff(HUB_BACKOFF);
    this.obstacles.set(part, { error, retries, retryAtMs: nowMs + retries.next() });
  }

  /** Lets a part wait until something else is to be written: this has no effect. */
  hadNoEffect(plan: WritePlan, error: unknown): void {
    const retryAtMs = Number.POSITIVE_INFINITY;
    this.obstacles.set(plan.part, { error, retries: new Backoff(HUB_BACKOFF), retryAtMs, useless: plan });
  }

  /** A part was written, or is not what it was before: nothing is known to be in the way. */
  free(part: number): void {
    this.obstacles.delete(part);
  }

  /** What is in the way of these plans; undefined: nothing. */
  obstacle(plans: readonly WritePlan[], nowMs: number): { error: unknown; inMs: number } | undefined {
    const waiting = plans.flatMap(({ part }) => this.obstacles.get(part) ?? []);
    const [first] = waiting.toSorted((a, b) => a.retryAtMs - b.retryAtMs);
    return first && { error: first.error, inMs: Math.max(0, first.retryAtMs - nowMs) };
  }

  private isWorthATry(plan: WritePlan, nowMs: number): boolean {
    const obstacle = this.obstacles.get(plan.part);
    if (!obstacle || obstacle.retryAtMs <= nowMs) return true;
    return obstacle.useless !== undefined && !isSameWrite(plan, obstacle.useless);
  }

  clear(): void {
    this.triedAtMs.clear();
    this.obstacles.clear();
  }
}
