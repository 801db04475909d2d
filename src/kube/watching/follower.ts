/**
 * How one object on one API server is followed: read → open a watch from there → watch, or poll where that cannot be → wait to try again.
 * Pure: what happens goes in, where it stands and what is to be done comes out. Times are milliseconds on a monotonic clock.
 *
 * ```
 *             ┌──────────── due ─────────────┐
 *             ▼                              │
 *   start ─▶ reading ── failed ─────────▶ waiting
 *             │ ▲ │                        ▲   ▲
 *    watchable│ │ └─ unwatchable ─▶ polling │   │ restless, lost
 *             ▼ │  asked ◀───────────┘     │   │
 *           opening ── lost ───────────────┘   │
 *             │ opened                         │
 *             ▼                                │
 *           watching ── ended ─────────────────┘
 * ```
 */
export type Follower = {
  /** Readings that failed in a row. */
  readonly readFailures: number;
  /** Watches in a row that could not be opened, or were no good. */
  readonly watchFailures: number;
  /** Until when it is not worth trying to watch, and why. */
  readonly refusal: Refusal | undefined;
} & Place;

/** Where a follower stands. */
type Place =
  | { readonly at: 'reading' }
  | { readonly at: 'opening' }
  | {
      readonly at: 'watching';
      readonly sinceMs: number;
      /** Whether the stream has told anything. */
      readonly eventful: boolean;
    }
  /** It is read whenever somebody asks. */
  | { readonly at: 'polling' }
  | { readonly at: 'waiting'; readonly untilMs: number; readonly to: ReadCause };

/** Why an object is not watched for a while, or at all. */
export interface Refusal {
  /** Infinity: watching is switched off. */
  readonly untilMs: number;
  /** For the operator; undefined: nobody need know. */
  readonly message: string | undefined;
}

/** What a follower reads for by itself: a retry after a failure, or since its watch ended. */
export type ReadCause = 'retry' | 'reread';

/** What happens to a follower. */
export type Happening =
  /** Somebody wants it read now: a pass, a new entry. */
  | { readonly what: 'asked' }
  /** The time it waited for has come. */
  | { readonly what: 'due' }
  | { readonly what: 'read'; readonly outcome: ReadOutcome; readonly tookMs: number }
  | { readonly what: 'opened' }
  /** The watch told something: a change, or that there was none. */
  | { readonly what: 'told' }
  | { readonly what: 'ended'; readonly how: StreamEnd };

/** How a reading went, as far as following depends on it. */
export type ReadOutcome =
  | { readonly kind: 'watchable' }
  /** It is what it is, and cannot be watched. */
  | { readonly kind: 'unwatchable'; readonly refusal: Refusal }
  /** `mayTakeMs`: what the next try may well take, however short this one was. */
  | { readonly kind: 'failed'; readonly retryAfterMs: number; readonly mayTakeMs?: number };

/** How a stream ended, or why it did not begin. */
export type StreamEnd =
  | { readonly kind: 'orderly' | 'silent' | 'restless' | 'expired' | 'lost' }
  | { readonly kind: 'refused'; readonly message: string };

/** What is to be done. */
export type Action =
  /** Read it; undefined: for the caller that asked. */
  | { readonly do: 'read'; readonly cause: ReadCause | undefined; readonly toWatch: boolean }
  /** Open a watch from where the reading, or the stream before, ended. */
  | { readonly do: 'open' }
  /** Say `due` after this time. */
  | { readonly do: 'wait'; readonly ms: number };

/** How patient a follower is. Milliseconds. */
export interface FollowPolicy {
  /** Bounds on the delays after failures, which double from one to the next, with full jitter. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** A stream that ended sooner, and told nothing, is no proof that watching works. */
  readonly healthyStreamMs: number;
  /** Between two readings that nothing but news causes. */
  readonly pauseMs: number;
  /** After so many watch failures in a row the object is polled for {@link pollMs}. Infinity: never. */
  readonly watchTries: number;
  readonly pollMs: number;
  /** Whether a stream that ended in good order is followed by another one from where it ended; else the object is read as a whole again. */
  readonly reopens: boolean;
}

/** The moment of a step. */
export interface Now {
  readonly ms: number;
  /** 0 to 1, for jitter. */
  readonly random: number;
}

/** What a step gives. */
export interface Step {
  readonly next: Follower;
  readonly actions: readonly Action[];
}

/** How much of the longest delay a try takes away from it, as a multiple of its own time. */
const SPARE = 1.5;
/** The longest `Retry-After` that is heeded. Milliseconds. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;
const NO_WATCH =
  'The server lets nobody watch it, or what lies in between keeps its answers back; it is polled.';

/** A follower that was just made: it reads. @param refusal where nobody wants to watch */
export function newFollower(refusal?: Refusal): Step {
  return read(
    { at: 'polling', readFailures: 0, watchFailures: 0, refusal },
    undefined,
    Number.NEGATIVE_INFINITY,
  );
}

/** What comes of a happening. One that does not fit where the follower stands changes nothing: it comes too late. */
export function step(follower: Follower, happening: Happening, policy: FollowPolicy, now: Now): Step {
  switch (happening.what) {
    case 'asked':
      return follower.at === 'polling' ? read(follower, undefined, now.ms) : stay(follower);
    case 'due':
      return follower.at === 'waiting' ? read(follower, follower.to, now.ms) : stay(follower);
    case 'read':
      return follower.at === 'reading' ? afterRead(follower, happening, policy, now) : stay(follower);
    case 'opened':
      return follower.at === 'opening'
        ? { next: { ...follower, at: 'watching', sinceMs: now.ms, eventful: false }, actions: [] }
        : stay(follower);
    case 'told':
      return follower.at === 'watching'
        ? { next: { ...follower, eventful: true }, actions: [] }
        : stay(follower);
    case 'ended':
      return follower.at === 'opening' || follower.at === 'watching'
        ? afterEnd(follower, happening.how, policy, now)
        : stay(follower);
  }
}

function afterRead(
  follower: Follower,
  { outcome, tookMs }: Extract<Happening, { what: 'read' }>,
  policy: FollowPolicy,
  now: Now,
): Step {
  const { readFailures, watchFailures } = follower;
  switch (outcome.kind) {
    case 'failed': {
      const failures = readFailures + 1;
      // Tries are no further apart than the longest delay, whatever they take; the next one may take longer.
      const nextTakesMs = Math.max(tookMs, outcome.mayTakeMs ?? 0);
      const longestMs = Math.max(policy.initialMs, policy.maxMs - SPARE * nextTakesMs);
      const backoffMs = Math.min(backoff(failures, policy, now), longestMs);
      const ms = Math.max(backoffMs, Math.min(outcome.retryAfterMs, LONGEST_RETRY_AFTER_MS));
      return wait({ ...follower, readFailures: failures }, ms, 'retry', now);
    }
    case 'unwatchable':
      return {
        next: { at: 'polling', readFailures: 0, watchFailures, refusal: outcome.refusal },
        actions: [],
      };
    case 'watchable':
      return isRefused(follower, now.ms)
        ? { next: { ...bare(follower), at: 'polling', readFailures: 0 }, actions: [] }
        : open({ ...follower, readFailures: 0, refusal: undefined });
  }
}

function afterEnd(ended: Follower, how: StreamEnd, policy: FollowPolicy, now: Now): Step {
  const eventful = ended.at === 'watching' && ended.eventful;
  const lasted = ended.at === 'watching' && now.ms - ended.sinceMs > policy.healthyStreamMs;
  const follower = lasted ? { ...ended, watchFailures: 0 } : ended;
  switch (how.kind) {
    case 'orderly':
    case 'lost':
      if (lasted && how.kind === 'orderly')
        return policy.reopens ? open(follower) : read(follower, 'reread', now.ms);
      // A server that ends every stream after one event must not be asked in a tight loop.
      return eventful && !lasted
        ? wait({ ...follower, watchFailures: 0 }, policy.pauseMs, 'reread', now)
        : fail(follower, policy, now);
    case 'silent':
      return eventful ? read(follower, 'reread', now.ms) : fail(follower, policy, now, { atOnce: true });
    case 'restless':
      return wait({ ...follower, watchFailures: 0 }, policy.pauseMs, 'reread', now);
    case 'expired':
      // The version that it watched from is too old: read at once, but do not let a server keep us busy with it.
      return fail(follower, policy, now, { atOnce: follower.watchFailures === 0 });
    case 'refused':
      return {
        next: {
          at: 'polling',
          readFailures: 0,
          watchFailures: 0,
          refusal: { untilMs: now.ms + policy.pollMs, message: how.message },
        },
        actions: [],
      };
  }
}

/** A watch that did not work. */
function fail(follower: Follower, policy: FollowPolicy, now: Now, { atOnce = false } = {}): Step {
  const watchFailures = follower.watchFailures + 1;
  if (watchFailures >= policy.watchTries) {
    const refusal = { untilMs: now.ms + policy.pollMs, message: NO_WATCH };
    return read({ ...bare(follower), at: 'polling', watchFailures: 0, refusal }, 'reread', now.ms);
  }
  const failed = { ...follower, watchFailures };
  return atOnce
    ? read(failed, 'reread', now.ms)
    : wait(failed, backoff(watchFailures, policy, now), 'reread', now);
}

function read(follower: Follower, cause: ReadCause | undefined, nowMs: number): Step {
  const toWatch = !isRefused(follower, nowMs);
  return { next: { ...bare(follower), at: 'reading' }, actions: [{ do: 'read', cause, toWatch }] };
}

function open(follower: Follower): Step {
  return { next: { ...bare(follower), at: 'opening' }, actions: [{ do: 'open' }] };
}

function wait(follower: Follower, ms: number, to: ReadCause, now: Now): Step {
  return {
    next: { ...bare(follower), at: 'waiting', untilMs: now.ms + ms, to },
    actions: [{ do: 'wait', ms }],
  };
}

function stay(follower: Follower): Step {
  return { next: follower, actions: [] };
}

/** Exponential with full jitter, so that many clients of a server that comes back do not arrive together. */
function backoff(failures: number, { initialMs, maxMs }: FollowPolicy, { random }: Now): number {
  return random * Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 30));
}

function isRefused({ refusal }: Follower, nowMs: number): boolean {
  return refusal !== undefined && nowMs < refusal.untilMs;
}

function bare({ readFailures, watchFailures, refusal }: Follower): Omit<Follower, 'at'> {
  return { readFailures, watchFailures, refusal };
}
