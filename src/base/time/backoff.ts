import { ExponentialBackoff, fullJitterGenerator, type IBackoff } from 'cockatiel';

/** Between which bounds the delays grow. Milliseconds. */
export interface BackoffLimits {
  initialMs: number;
  maxMs: number;
}

/**
 * For the hub: from 500 ms, capped at 9 s, which leaves the rest of 10 s for the try itself. What is back is noticed
 * within 10 s.
 */
export const HUB_BACKOFF: BackoffLimits = { initialMs: 500, maxMs: 9_000 };

/**
 * Delays between tries against one API server: exponential with full jitter, so that many clients of a server that
 * comes back do not arrive together.
 */
export class Backoff {
  private readonly start: ExponentialBackoff<number>;
  private current: IBackoff<unknown> | undefined;

  constructor({ initialMs, maxMs }: BackoffLimits) {
    this.start = new ExponentialBackoff({
      initialDelay: Math.min(initialMs, maxMs),
      maxDelay: maxMs,
      generator: fullJitterGenerator,
    });
  }

  /** @returns how long to wait before the next try, in milliseconds */
  next(): number {
    this.current = this.current ? this.current.next(undefined) : this.start.next();
    return this.current.duration;
  }

  /** To be called after a success. */
  reset(): void {
    this.current = undefined;
  }
}
