import type { StatusFeedPace } from './status-feed.pace.ts';

/** The newest updates as server-sent events with ids, for readers that resume. Bounded in number and size. */
export class UpdateLog {
  /** Part of the ids, so that those of another process, or from before a pause, are not recognized. */
  private epoch = newEpoch();
  private newest = 0;
  private kept: { id: number; event: string }[] = [];
  private keptLength = 0;
  private latestWhole: string | undefined;

  constructor(private readonly limits: Pick<StatusFeedPace, 'mostUpdates' | 'mostBacklog'>) {}

  /** @param text JSON @returns the event */
  add(text: string): string {
    const event = this.eventOf(++this.newest, text);
    this.latestWhole = undefined;
    this.kept.push({ id: this.newest, event });
    this.keptLength += event.length;
    while (this.kept.length > this.limits.mostUpdates || this.keptLength > this.limits.mostBacklog)
      this.keptLength -= this.kept.shift()?.event.length ?? 0;
    return event;
  }

  /** The event for a new reader. It is built once for all readers that come before the next update. */
  whole(make: () => string): string {
    this.latestWhole ??= this.eventOf(this.newest, make());
    return this.latestWhole;
  }

  /** The events after this one; undefined when they are no longer known. */
  after(eventId: string): string | undefined {
    const [epoch, text] = eventId.split('.');
    const id = Number(text);
    if (epoch !== this.epoch || !Number.isInteger(id) || id > this.newest) return undefined;
    const missed = this.kept.filter((each) => each.id > id);
    if (missed.length !== this.newest - id) return undefined;
    return missed.length > 0 ? missed.map(({ event }) => event).join('') : ': nothing was missed\n\n';
  }

  /** Forgets them. */
  reset(): void {
    this.epoch = newEpoch();
    this.newest = 0;
    this.kept = [];
    this.keptLength = 0;
    this.latestWhole = undefined;
  }

  private eventOf(id: number, text: string): string {
    return `id: ${this.epoch}.${id}\ndata: ${text}\n\n`;
  }
}

function newEpoch(): string {
  return Math.floor(performance.timeOrigin + performance.now() * 1_000).toString(36);
}
