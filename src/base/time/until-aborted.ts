/** Gives up in time, whatever is pending and does not heed the signal. @throws the signal's reason */
export async function untilAborted<Result>(signal: AbortSignal, pending: Promise<Result>): Promise<Result> {
  // A caller that has given up does not care how it ends.
  pending.catch(() => undefined);
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
