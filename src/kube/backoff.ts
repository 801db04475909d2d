import { ExponentialBackoff, fullJitterGenerator, type IBackoff } from 'cockatiel';

/**
 * Delays between tries against one API server: exponential from 500 ms with full jitter, so that many clients of a
 * server that comes back do not arrive together. Capped at 9 s, which leaves the rest of 10 s for the try itself: what
 * is back is noticed within 10 s.
 */
export class Backoff {
  private static readonly FACTORY = new ExponentialBackoff({
    initialDelay: 500,
    maxDelay: 9_000,
    generator: fullJitterGenerator,
  });
  private current: IBackoff<unknown> | undefined;

  /** @returns how long to wait before the next try, in milliseconds */
  next(): number {
    this.current = this.current ? this.current.next(undefined) : Backoff.FACTORY.next();
    return this.current.duration;
  }

  /** To be called after a success. */
  reset(): void {
    this.current = undefined;
  }
}
