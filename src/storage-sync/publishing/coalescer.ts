/** Requests that follow each other within this time become one write. Milliseconds. */
const QUIET_MS = 20;
/** An urgent request waits no longer than this for others. Milliseconds. */
const LONGEST_MS = 100;
/** While writes are slow it may wait longer: so many times what the last one took, but never above the limit. */
const LONGEST_WRITES = 4;
const SLOW_LONGEST_MS = 500;
/** What is not urgent waits so long for others, which may be. Milliseconds. */
const LEISURE_MS = 1_000;

/** What is known of a request to write. */
export interface WriteRequest {
  /** Whether more are about to come, which are worth a wait. */
  othersFollow: boolean;
  /** False: no content has changed, only what the aggregate says about it. */
  urgent: boolean;
}

/** Says when to write, so that requests which come close on each other become one write. */
export class Coalescer {
  /** The urgent requests since the last write: when the first came, and whether others did since we looked, or are about to. */
  private urgent: { sinceMs: number; others: 'none' | 'came' | 'follow' } | undefined;
  private lastWriteMs = 0;

  note({ othersFollow, urgent }: WriteRequest): void {
    if (!urgent) return;
    const sinceMs = this.urgent?.sinceMs ?? performance.now();
    this.urgent = { sinceMs, others: othersFollow ? 'follow' : 'came' };
  }

  /** Takes note of how long a write took. Milliseconds. */
  wrote(durationMs: number): void {
    this.lastWriteMs = durationMs;
  }

  /** Resolves when it is time to write what was asked for, or the signal fires. Never rejects. */
  async gather(signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    do {
      if (this.urgent?.others === 'came') this.urgent.others = 'none';
      await pause(QUIET_MS, signal);
    } while (!signal.aborted && performance.now() + QUIET_MS <= this.latestMs(startedMs));
    this.urgent = undefined;
  }

  /** When to write at the latest, as far as is known now. */
  private latestMs(startedMs: number): number {
    if (!this.urgent) return startedMs + LEISURE_MS;
    if (this.urgent.others === 'none') return 0;
    const longestMs = Math.max(LONGEST_MS, Math.min(LONGEST_WRITES * this.lastWriteMs, SLOW_LONGEST_MS));
    return this.urgent.sinceMs + longestMs;
  }
}

/** Resolves after the time, or at once when the signal fires. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
}
