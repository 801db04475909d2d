import { outsideSpans } from '../tracing/in-span.ts';

/** Node's timers hold no more. Milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What is to be done within this time is about to be done. Milliseconds. */
const SOON_MS = 1_000;

/** What a {@link KeepingLoop} does, and how often it may. */
export interface LoopTask {
  /**
   * Does the work once, from the newest state. What it throws is for the task to report; the loop tries again.
   *
   * @param signal aborts when the loop stops
   * @returns milliseconds after which it wants to be asked again by itself; Infinity: it does not
   */
  attempt(signal: AbortSignal): Promise<number>;
  /** When the next attempt may begin at the earliest, on the monotonic clock; asked again after every change. */
  notBeforeMs(): number;
  /** Delays between tries that fail. */
  readonly retries: { next(): number; reset(): void };
}

/**
 * Keeps something as it should be: asked for → paced → tried → backed off. What knows of a change asks; since every attempt works from
 * the newest state, no request can be lost and none is too many. Attempts never overlap, and what is asked for during one is done by
 * the next.
 */
export class KeepingLoop {
  private dueAtMs = Number.POSITIVE_INFINITY;
  private retryAtMs = Number.NEGATIVE_INFINITY;
  private cancelWait: () => void = () => undefined;
  private running: Promise<void> | undefined;
  private stopping = new AbortController();

  constructor(private readonly task: LoopTask) {
    this.stopping.abort();
  }

  /** Whether something was asked for that is to be done now or in a moment, and is not done yet. */
  get busy(): boolean {
    return this.running !== undefined || this.dueAtMs <= performance.now() + SOON_MS;
  }

  /** Lets attempts begin. To be called once {@link stop} has resolved. */
  start(): void {
    this.stopping = new AbortController();
    this.task.retries.reset();
    this.retryAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Asks for an attempt within this time, or as soon after as the pace allows. Never fails; while the loop is stopped it does nothing.
   *
   * @param inMs milliseconds; what was asked for sooner stays
   */
  ask(inMs = 0): void {
    if (this.stopping.signal.aborted) return;
    this.dueAtMs = Math.min(this.dueAtMs, performance.now() + inMs);
    if (!this.running) this.wait();
  }

  /** Asks at once, even while a failure is backed off: something has changed that may help. */
  wake(): void {
    this.retryAtMs = Number.NEGATIVE_INFINITY;
    this.ask();
  }

  /** Resolves when the attempt under way has ended; none begins afterwards. Can be called at any time. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.cancelWait();
    this.dueAtMs = Number.POSITIVE_INFINITY;
    await this.running;
  }

  private wait(): void {
    this.cancelWait();
    if (this.stopping.signal.aborted || this.dueAtMs === Number.POSITIVE_INFINITY) return;
    const inMs = this.nextAtMs() - performance.now();
    // It works for others than who asks first, too.
    this.cancelWait = outsideSpans(() => schedule(inMs, () => this.begin()));
  }

  private nextAtMs(): number {
    return Math.max(this.dueAtMs, this.retryAtMs, this.task.notBeforeMs());
  }

  private begin(): void {
    // The pace may have changed, or the timer held less than was left.
    if (this.nextAtMs() > performance.now()) this.wait();
    else
      this.running = this.attempt().finally(() => {
        this.running = undefined;
        this.wait();
      });
  }

  private async attempt(): Promise<void> {
    this.dueAtMs = Number.POSITIVE_INFINITY;
    try {
      const againInMs = await this.task.attempt(this.stopping.signal);
      this.task.retries.reset();
      if (againInMs !== Number.POSITIVE_INFINITY) this.ask(againInMs);
    } catch {
      this.retryAtMs = performance.now() + this.task.retries.next();
      this.ask();
    }
  }
}

/** @returns a function that cancels it */
function schedule(inMs: number, run: () => void): () => void {
  // Not in this turn of the event loop: what else it brings is done together.
  if (inMs <= 0) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(run, Math.min(Math.ceil(inMs), LONGEST_TIMER_MS));
  return () => clearTimeout(timer);
}
