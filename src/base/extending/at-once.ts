/**
 * Takes what a call gives that has to answer at once.
 *
 * @throws TypeError when it is a promise: nobody waits for it, and what it rejects with would end the process
 */
export function atOnce<Result>(result: Result): Result {
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined);
  throw new TypeError('it has to answer at once, and gave a promise');
}
