import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { ClusterConfigChangedEvent } from '../../cluster-config/cluster-config-changed.event.ts';
import { LeadershipChangedEvent } from '../../leader-election/leadership-changed.event.ts';
import { ContentChangedEvent } from '../../storage-sync/keeping/content-changed.event.ts';
import { AggregateWriteEvent } from '../../storage-sync/publishing/publishing.events.ts';

/** The last change of a cluster's content that this replica published. */
export interface LastChange {
  /** When it was read. */
  readonly at: Date;
  /** From then until it was in the aggregate on the hub. Milliseconds. */
  readonly publishedAfterMs: number;
}

/** Measures how long the last change of each cluster took to reach the aggregate. It only listens to events. */
@Injectable()
export class LastChanges {
  private readonly waiting = new Map<string, { at: Date; atMs: number }>();
  private readonly published = new Map<string, LastChange>();

  /** Undefined: this replica has published none since it became leader. */
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
      // Without a change this write restored what somebody else had overwritten.
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
