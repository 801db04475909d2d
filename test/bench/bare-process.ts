// Reads every source once, as soon as it is told which, and says how long that took. A process that has compiled nothing yet
// is what a first pass can be held against.

import { BareReader } from './comparisons.ts';
import type { Endpoint } from './farm-protocol.ts';

process.once('message', ({ endpoints, concurrency }: { endpoints: Endpoint[]; concurrency: number }) => {
  void new BareReader(endpoints).readConcurrently(concurrency).then((took) => process.send?.(took));
});
