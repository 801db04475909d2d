/** How much the live status may cost. It is its own DI token. Milliseconds, but for the counts. */
export class StatusFeedPace {
  /** After a change, so that what changes together is told together. */
  readonly gatherMs: number = 100;
  /** Between two updates. */
  readonly gapMs: number = 1_000;
  /** After which it is looked without a change: credentials end by themselves, and sources are confirmed to be unchanged. */
  readonly idleMs: number = 15_000;
  /** Between two signs of life. */
  readonly beatMs: number = 10_000;
  /** For so long after the last reader left, it is gone on, so that a reader who was cut off can resume. */
  readonly lingerMs: number = 30_000;
  /** Readers at once. */
  readonly mostReaders: number = 100;
  /** Updates that are kept for readers who resume. */
  readonly mostUpdates: number = 60;
  /** Of updates that are kept, in characters; and of what a reader may leave unread, in bytes. */
  readonly mostBacklog: number = 4 * 1024 * 1024;
}
