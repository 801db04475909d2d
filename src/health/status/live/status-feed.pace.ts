/** Limits on what the stream of the status may cost. It is its own DI token. Times are in milliseconds. */
export class StatusFeedPace {
  /** From a change to the update, so that one update covers what changes together. */
  readonly gatherMs: number = 100;
  /** Between two updates. */
  readonly gapMs: number = 1_000;
  /** Between two looks without a change: credentials expire by themselves, and `lastSuccess` advances. */
  readonly idleMs: number = 15_000;
  /** Between two `beat` events. */
  readonly beatMs: number = 10_000;
  /** How long updates are still recorded after the last reader left, so that it can resume. */
  readonly lingerMs: number = 30_000;
  /** Readers at the same time. */
  readonly mostReaders: number = 100;
  /** Updates that are kept for readers that resume. */
  readonly mostUpdates: number = 60;
  /** Total length of the kept updates, in characters; and what may wait to be sent to one reader, in bytes. */
  readonly mostBacklog: number = 4 * 1024 * 1024;
}
