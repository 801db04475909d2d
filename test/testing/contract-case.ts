/**
 * One thing that an implementation of a port has to keep to, for any test runner:
 *
 * ```ts
 * for (const { name, run } of registrySourceContract(startRig)) it(name, run);
 * ```
 */
export interface ContractCase {
  /** Reads as a sentence whose subject is the implementation. */
  readonly name: string;
  /** Rejects when it does not. */
  run(this: void): Promise<void>;
}

/** Data that a source may hold, and that nobody foresaw: base64 text by key. */
export const HOSTILE_DATA: readonly (readonly (readonly [string, string])[])[] = [
  [],
  [['__proto__', '']],
  [['prometheus', base64('null')]],
  [['prometheus', base64('[]')]],
  [['prometheus', base64('{"read_service": {"toString": 1}}')]],
  [['postgres', base64('\u0000\uFFFD')]],
  [['opensearch', base64('x'.repeat(100_000))]],
  [['prometheus', base64('{"a":'.repeat(1_000))]],
];

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Polls until it holds. */
export async function eventually(check: () => void | Promise<void>, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Waits no longer than that. Milliseconds. */
export async function within<Result>(limitMs: number, pending: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    clearTimeout(timer);
  }
}
