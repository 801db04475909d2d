/** How often Events are written. It is its own DI token. Milliseconds. */
export class EventPace {
  /** After a change, so that what changes together is told together. */
  readonly gatherMs: number = 2_000;
  /** Between two tellings; each is one Event for a reason at most. */
  readonly gapMs: number = 30_000;
  /** The longest time between two checks: credentials expire without a change. */
  readonly idleMs: number = 10 * 60_000;
}
