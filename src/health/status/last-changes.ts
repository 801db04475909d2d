import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { ClusterConfigChangedEvent } from '../../cluster-config/cluster-config-changed.event.ts';
import { LeadershipChangedEvent } from '../../leader-election/leadership-changed.event.ts';
import { ContentChangedEvent } from '../../storage-sync/keeping/content-changed.event.ts';
import { AggregateWriteEvent } from '../../storage-sync/publishing/publishing.events.ts';

/** The last change of a cluster's content that this replica has published. */
export interface LastChange {
  /** When it was read. */
  readonly at: Date;
  /** From there until the hub had it in the aggregate. Milliseconds. */
  readonly publishedAfterMs: number;
}

/** How long the last change of each cluster took to get into the aggregate. It hears of changes and steers nothing. */
@Injectable()
export class LastChanges {
  private readonly waiting = new Map<string, { at: Date; atMs: number }>();
  private readonly published = new Map<string, LastChange>();

  /** Undefined: this replica has published no change of it since it leads. */
  of(cluster: string): LastChange | undefined {
    return this.published.get(cluster);
  }

  @OnEvent(ContentChangedEvent.eventName)
  onContentChanged({ cluster }: ContentChangedEvent): void {
    this.waiting.set(cluster, { at: new Date(), atMs: performance.now() });
  }

  @OnEvent(AggregateWriteEvent.eventName)
  onWrite({ result, clusters }: AggregateWriteEvent): void {
    if (result !== 'ok') return;
    const nowMs = performance.now();
    for (const cluster of clusters) {
      const change = this.waiting.get(cluster);
      // Without a change somebody else's write was undone.
      if (!change) continue;
      this.waiting.delete(cluster);
      this.published.set(cluster, { at: change.at, publishedAfterMs: Math.round(nowMs - change.atMs) });
    }
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  onClusterConfigChanged({ removed }: ClusterConfigChangedEvent): void {
    for (const cluster of removed) {
      this.waiting.delete(cluster);
      this.published.delete(cluster);
    }
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    this.waiting.clear();
    this.published.clear();
  }
}
