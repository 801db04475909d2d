import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { ClusterConfigChangedEvent } from '../../../cluster-config/cluster-config-changed.event.ts';
import { LeadershipChangedEvent } from '../../../leader-election/leadership-changed.event.ts';
import { ClusterStateChangedEvent } from '../../../storage-sync/keeping/cluster-state-changed.event.ts';
import { HeldRemovalChangedEvent } from '../../../storage-sync/keeping/held-removal-changed.event.ts';
import {
  AggregateWriteEvent,
  PublicationChangedEvent,
} from '../../../storage-sync/publishing/publishing.events.ts';
import { KeepingLoop } from '../../../base/time/keeping-loop.ts';
import { StatusReporter } from '../status.reporter.ts';
import { Timeline } from '../timeline/timeline.ts';
import { StatusFeedPace } from './status-feed.pace.ts';
import { SentStatus } from './sent-status.ts';
import { UpdateLog } from './update-log.ts';

/** A client of the stream. */
export interface Reader {
  /** @param chunk whole events, in the format of server-sent events */
  write(chunk: string): void;
  /** Bytes that were written and not yet sent. */
  readonly backlog: number;
  /** Closes the connection; the client may reconnect. */
  end(): void;
}

/**
 * Sends the status to readers as server-sent events (WHATWG HTML, 9.2): first everything, or what a reader missed since its last event,
 * and then the differences. It reads the status soon after a change, at the pace that {@link StatusFeedPace} allows, and once for all
 * readers. Without readers it does nothing.
 */
@Injectable()
export class StatusFeed implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly readers = new Set<Reader>();
  private readonly loop: KeepingLoop;
  private readonly updates: UpdateLog;
  /** Undefined while nobody reads. */
  private sent: SentStatus | undefined;
  /** Of the timeline, as it was sent. */
  private revision = 0;
  private heartbeat: NodeJS.Timeout | undefined;
  private notBeforeMs = 0;
  private lastSuccessAtMs = 0;
  private abandonedAtMs = 0;

  constructor(
    private readonly pace: StatusFeedPace,
    private readonly status: StatusReporter,
    private readonly timeline: Timeline,
  ) {
    this.updates = new UpdateLog(pace);
    this.loop = new KeepingLoop({
      attempt: () => Promise.resolve(this.look()),
      notBeforeMs: () => this.notBeforeMs,
      retries: { next: () => pace.gapMs, reset: () => undefined },
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    this.forget();
    for (const reader of this.readers) reader.end();
    this.readers.clear();
  }

  /**
   * Adds a reader.
   *
   * @param lastEventId of the last event that it received
   * @returns a function that removes it; undefined: there are too many readers
   */
  open(reader: Reader, lastEventId: string | undefined): (() => void) | undefined {
    if (this.readers.size >= this.pace.mostReaders) return undefined;
    const sent = this.sent ?? this.begin();
    const missed = lastEventId === undefined ? undefined : this.updates.after(lastEventId);
    reader.write(missed ?? this.updates.whole(() => sent.whole(this.timeline.transitions)));
    reader.write(beat());
    this.readers.add(reader);
    return () => this.close(reader);
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  @OnEvent(ClusterStateChangedEvent.eventName)
  @OnEvent(HeldRemovalChangedEvent.eventName)
  @OnEvent(PublicationChangedEvent.eventName)
  @OnEvent(AggregateWriteEvent.eventName)
  @OnEvent(LeadershipChangedEvent.eventName)
  onChange(): void {
    if (this.sent) this.loop.ask(this.pace.gatherMs);
  }

  private begin(): SentStatus {
    this.revision = this.timeline.revision;
    this.sent = new SentStatus(this.status.report());
    this.lastSuccessAtMs = performance.now();
    this.loop.ask(this.pace.idleMs);
    this.heartbeat = setInterval(() => this.send(beat()), this.pace.beatMs);
    this.heartbeat.unref();
    return this.sent;
  }

  private close(reader: Reader): void {
    if (this.readers.delete(reader) && this.readers.size === 0) this.abandonedAtMs = performance.now();
  }

  private forget(): void {
    clearInterval(this.heartbeat);
    this.sent = undefined;
    this.updates.reset();
  }

  /** @returns milliseconds until the next look if nothing changes */
  private look(): number {
    const { sent, pace } = this;
    if (!sent) return Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    if (this.readers.size === 0 && nowMs - this.abandonedAtMs > pace.lingerMs) {
      this.forget();
      return Number.POSITIVE_INFINITY;
    }
    this.notBeforeMs = nowMs + pace.gapMs;
    const withLastSuccess = nowMs - this.lastSuccessAtMs >= pace.idleMs;
    if (withLastSuccess) this.lastSuccessAtMs = nowMs;
    const transitions = this.timeline.since(this.revision);
    this.revision = this.timeline.revision;
    const update = sent.advance(this.status.report(), transitions, { withLastSuccess });
    if (update !== undefined) this.send(this.updates.add(update));
    return pace.idleMs;
  }

  private send(chunk: string): void {
    for (const reader of this.readers) {
      if (reader.backlog <= this.pace.mostBacklog) reader.write(chunk);
      else {
        this.close(reader);
        reader.end();
      }
    }
  }
}

/**
 * A sign of life, with the exporter's clock, by which a client computes ages. A comment would keep proxies from closing the connection,
 * but a page cannot see comments, and has to notice a dead connection.
 */
function beat(): string {
  return `event: beat\ndata: ${JSON.stringify(new Date())}\n\n`;
}
