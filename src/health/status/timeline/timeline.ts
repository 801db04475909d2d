import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { ClusterConfigChangedEvent } from '../../../cluster-config/cluster-config-changed.event.ts';
import { ClusterRegistry } from '../../../cluster-config/cluster-registry.ts';
import { Leadership } from '../../../leader-election/leadership.ts';
import { LeadershipChangedEvent } from '../../../leader-election/leadership-changed.event.ts';
import { ClusterStateChangedEvent } from '../../../storage-sync/keeping/cluster-state-changed.event.ts';
import { HeldRemovalChangedEvent } from '../../../storage-sync/keeping/held-removal-changed.event.ts';
import { PublicationChangedEvent } from '../../../storage-sync/publishing/publishing.events.ts';
import { SyncView } from '../../../storage-sync/sync-view.ts';
import { TransitionLog } from './transition-log.ts';
import type { Transition } from './transition.ts';

/** The latest transitions since this process started. It only listens to events. */
@Injectable()
export class Timeline {
  private readonly log = new TransitionLog();
  /** Last known state of everything but clusters. */
  private readonly known = new Map<Transition['kind'], string>();

  constructor(
    private readonly leadership: Leadership,
    private readonly registry: ClusterRegistry,
    private readonly sync: SyncView,
  ) {}

  /** The oldest first. */
  get transitions(): readonly Transition[] {
    return this.log.entries;
  }

  /** Rises with every change, for {@link since}. */
  get revision(): number {
    return this.log.revision;
  }

  /** Transitions that are new, or cover more clusters, since a revision. */
  since(revision: number): Transition[] {
    return this.log.since(revision);
  }

  @OnEvent(ClusterStateChangedEvent.eventName)
  onClusterStateChanged({ cluster, previousState: from, state: to, reason }: ClusterStateChangedEvent): void {
    // A new cluster shows by its entry, and another reason for the same state by its problem.
    if (from === undefined || from === to) return;
    this.log.add('cluster', { from, to, ...(reason !== undefined && reason !== 'ok' && { reason }) }, [
      cluster,
    ]);
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  onClusterConfigChanged({ added, changed, removed }: ClusterConfigChangedEvent): void {
    this.noteState('registry', this.registry.view.registries[0].state);
    this.log.add('entry', { to: 'added' }, added);
    this.log.add('entry', { to: 'changed' }, changed);
    this.log.add('entry', { to: 'removed' }, removed);
  }

  @OnEvent(HeldRemovalChangedEvent.eventName)
  onHeldRemovalChanged(): void {
    this.noteState('removal', this.sync.heldRemoval ? 'held' : 'ended');
  }

  @OnEvent(PublicationChangedEvent.eventName)
  onPublicationChanged(): void {
    this.noteState('aggregate', this.sync.publicationStatus.state);
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    this.noteState('leadership', this.leadership.status.role);
  }

  private noteState(kind: Transition['kind'], to: string): void {
    const from = this.known.get(kind);
    if (from === to) return;
    this.known.set(kind, to);
    this.log.add(kind, { to, ...(from !== undefined && { from }) });
  }
}
