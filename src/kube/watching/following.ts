import { outsideSpans } from '../../base/tracing/in-span.ts';
import {
  type Action,
  type Follower,
  type FollowPolicy,
  type Happening,
  newFollower,
  type ReadCause,
  type ReadOutcome,
  type Refusal,
  step,
  type StreamEnd,
} from './follower.ts';

/** What a stream gives: that it told something, and at the end why it is given up. */
export type StreamNews = 'told' | 'silent' | 'restless';

/** What is followed. */
export interface Subject {
  /**
   * Reads it, and takes what it finds. Never rejects.
   *
   * @param cause undefined: for the caller that asked
   * @param toWatch whether it is to be watched from there
   */
  read(cause: ReadCause | undefined, toWatch: boolean): Promise<ReadOutcome>;
  /** Opens a watch from where the reading, or the stream before, ended, whose iteration takes what it brings. */
  open(): Promise<AsyncIterable<StreamNews>>;
  /** Why a watch could not be opened, or broke. */
  endOf(error: unknown): StreamEnd;
  /** Called with every move. */
  moved(to: Follower): void;
}

/**
 * Follows one object until its signal aborts, and owns everything that takes: where it stands, its timer, its stream. What to do is decided by
 * the follower's step; this carries it out.
 */
export class Following {
  private follower: Follower;
  private timer: NodeJS.Timeout | undefined;
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly subject: Subject,
    private readonly policy: FollowPolicy,
    private readonly signal: AbortSignal,
    private readonly refusal?: Refusal,
  ) {
    this.follower = newFollower(refusal).next;
    signal.addEventListener('abort', () => clearTimeout(this.timer), { once: true });
  }

  /** Where it stands. */
  get state(): Follower {
    return this.follower;
  }

  /** Begins. To be called once. */
  start(): void {
    this.take(newFollower(this.refusal));
  }

  /** Wants it read, if it is not being read, watched, or tried again by itself. */
  ask(): void {
    this.happens({ what: 'asked' });
  }

  /** Resolves when nothing is under way any more, once the signal has aborted. */
  async ended(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private happens(happening: Happening): void {
    if (this.signal.aborted) return;
    this.take(step(this.follower, happening, this.policy, { ms: performance.now(), random: Math.random() }));
  }

  private take({ next, actions }: ReturnType<typeof step>): void {
    const before = this.follower;
    this.follower = next;
    if (next !== before) this.subject.moved(next);
    for (const action of actions) this.carryOut(action);
  }

  private carryOut(action: Action): void {
    switch (action.do) {
      case 'read': {
        const read = () => this.read(action.cause, action.toWatch);
        // Only what somebody asks for is a part of what they do.
        this.begin(action.cause === undefined ? read() : outsideSpans(read));
        break;
      }
      case 'open':
        this.begin(outsideSpans(() => this.watch()));
        break;
      case 'wait':
        clearTimeout(this.timer);
        this.timer = outsideSpans(() => setTimeout(() => this.happens({ what: 'due' }), action.ms));
        break;
    }
  }

  private begin(work: Promise<void>): void {
    const running = work.finally(() => this.underWay.delete(running));
    this.underWay.add(running);
  }

  private async read(cause: ReadCause | undefined, toWatch: boolean): Promise<void> {
    const startedAt = performance.now();
    const outcome = await this.subject.read(cause, toWatch);
    this.happens({ what: 'read', outcome, tookMs: performance.now() - startedAt });
  }

  private async watch(): Promise<void> {
    let how: StreamEnd = { kind: 'orderly' };
    try {
      const stream = await this.subject.open();
      this.happens({ what: 'opened' });
      for await (const news of stream) {
        if (this.signal.aborted) return;
        if (news === 'told') this.happens({ what: 'told' });
        else how = { kind: news };
      }
    } catch (error) {
      how = this.subject.endOf(error);
    }
    this.happens({ what: 'ended', how });
  }
}
