import { AsyncResource } from 'node:async_hooks';
import PQueue from 'p-queue';

/** After this time without an answer a piece of work counts as waiting, and gives its slot to the next. Milliseconds. */
const PATIENCE_MS = 1_000;
/** Share of the slots that tries of clusters which failed may hold, so that the others always find one. */
const RETRY_SHARE = 0.5;

/** Who goes first, from last to first. */
const PRIORITIES = { retry: 0, usual: 1, fresh: 2 } as const;

/** `fresh`: a new or changed entry. `retry`: it failed before. */
export type Lane = keyof typeof PRIORITIES;

/**
 * Limits how much is worked on at once: handshakes, requests, parsing. Who merely waits for an answer does no work, so clusters that
 * hang cost the others nothing but a moment.
 */
export class WorkSlots {
  private readonly all: PQueue;
  private readonly retries: PQueue;

  constructor(limit: number) {
    this.all = new PQueue({ concurrency: limit });
    this.retries = new PQueue({ concurrency: Math.max(1, Math.floor(limit * RETRY_SHARE)) });
  }

  /**
   * Runs a task once there is a slot. It keeps the slot until it is done, or for a second.
   *
   * @param signal when it has aborted by then, the task is not run
   * @returns undefined when it was not run
   */
  async run<Result>(
    lane: Lane,
    signal: AbortSignal,
    task: () => Promise<Result>,
  ): Promise<Result | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>();
    // It is run when another one leaves its slot, and still belongs to the one that wants it.
    const inSlot = AsyncResource.bind(async () => {
      if (signal.aborted) {
        resolve(undefined);
        return;
      }
      const running = task();
      running.then(resolve, reject);
      await doneOrWaiting(running);
    });
    const priority = PRIORITIES[lane];
    const queued = () => this.all.add(inSlot, { priority });
    void (lane === 'retry' ? this.retries.add(queued) : queued());
    return await promise;
  }
}

/** Resolves when the work is done, in whatever way, or has taken so long that it must be waiting for somebody. */
async function doneOrWaiting(work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PATIENCE_MS);
  void Promise.allSettled([work]).then(() => resolve());
  await promise;
  clearTimeout(timer);
}
