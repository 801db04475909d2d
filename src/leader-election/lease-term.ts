import type { Term } from './leadership.ts';
import { NotLeadingError } from './not-leading.error.ts';

/**
 * The time that a Lease gives, from one renewal to the next. It counts from before the renewal was sent, so that it is over
 * here before it is for those who saw the renewal.
 *
 * Time is taken from two clocks. The monotonic one does not jump; but it stands still while a machine is suspended, and
 * then the wall's tells.
 */
export class LeaseTerm implements Term {
  private readonly ending = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private renewed: LeaseMoment;
  private unansweredAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param acquired before the acquisition was sent
   * @param lengthMs how long a renewal counts for us; shorter than for others. Milliseconds.
   */
  constructor(
    acquired: LeaseMoment,
    private readonly lengthMs: number,
  ) {
    this.renewed = acquired;
    this.schedule();
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  permit(): void {
    if (this.signal.aborted || this.remainingMs() <= 0) throw new NotLeadingError();
  }

  writeMayStillArrive(): void {
    this.unansweredAtMs = performance.now();
  }

  /** Whether a write had no answer so recently that it may still be carried out. */
  get isUncertain(): boolean {
    return performance.now() - this.unansweredAtMs < this.lengthMs;
  }

  /** @param at before the renewal was sent */
  renew(at: LeaseMoment): void {
    this.renewed = at;
    this.schedule();
  }

  /** Can be called again. */
  end(): void {
    clearTimeout(this.timer);
    this.ending.abort();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (!this.signal.aborted) this.timer = setTimeout(() => this.end(), Math.max(0, this.remainingMs()));
  }

  private remainingMs(): number {
    const now = leaseMoment();
    return (
      this.lengthMs - Math.max(now.monotonicMs - this.renewed.monotonicMs, now.wallMs - this.renewed.wallMs)
    );
  }
}

/** A moment on both clocks, in milliseconds. */
export interface LeaseMoment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** Now. */
export function leaseMoment(): LeaseMoment {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}
