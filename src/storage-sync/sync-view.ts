import { Injectable } from '@nestjs/common';
import type { Cluster } from '../cluster-config/cluster.ts';
import type { WatchStatus } from '../kube/watching/object-watcher.ts';
import type { ClusterRecord } from './keeping/cluster-record.ts';
import { ClusterStates } from './keeping/cluster-states.ts';
import type { HeldRemoval } from './keeping/removal-guard.ts';
import { AggregateOnHub } from './publishing/aggregate/aggregate-on-hub.ts';
import { AggregateOutput } from './publishing/aggregate/aggregate-output.ts';
import type { WritePlan } from './publishing/aggregate/write-plan.ts';
import { AggregatePublisher } from './publishing/aggregate-publisher.ts';
import { Outputs } from './publishing/outputs/outputs.ts';
import type { OutputStatus } from './publishing/outputs/output-status.ts';
import { Publication } from './publishing/publication.ts';
import type { PublicationStatus } from './publishing/publication-status.ts';
import { StorageSyncScheduler } from './reading/storage-sync.scheduler.ts';
import { Followers } from './reading/followers.ts';
import { Passes } from './reading/passes.ts';
import type { SourceWatchStatus } from './reading/source-follower.ts';
import { StorageSync } from './storage-sync.ts';

/** All that others may read of the synchronization. It is in memory, free to call, and steers nothing. */
@Injectable()
export class SyncView {
  constructor(
    private readonly sync: StorageSync,
    private readonly scheduler: StorageSyncScheduler,
    private readonly passes: Passes,
    private readonly followers: Followers,
    private readonly states: ClusterStates,
    private readonly onHub: AggregateOnHub,
    private readonly output: AggregateOutput,
    private readonly publisher: AggregatePublisher,
    private readonly publication: Publication,
    private readonly outputsOfExtensions: Outputs,
  ) {}

  /** Whether every cluster was tried once, or the replica has stood by; until the service stops. */
  get ready(): boolean {
    return this.sync.ready;
  }

  /** Whether a tick of the interval should have come long ago. */
  get overdue(): boolean {
    return this.scheduler.overdue;
  }

  /** Whether every cluster was tried once, and what was read is written as far as it can be now. */
  get settled(): boolean {
    return this.passes.firstEnded && !this.publisher.busy;
  }

  /** What is known of each cluster, by name. While this replica does not lead there is none. */
  get records(): ReadonlyMap<string, ClusterRecord> {
    return this.states.all;
  }

  /** The removal of keys that waits to be confirmed. */
  get heldRemoval(): HeldRemoval | undefined {
    return this.states.heldRemoval;
  }

  /** How a cluster's source is watched. Undefined: that was not tried yet, or is switched off. */
  watchOf(cluster: Cluster): Readonly<SourceWatchStatus> | undefined {
    return this.followers.statusOf(cluster);
  }

  /** UID of a cluster's source, as it was last read. Undefined: not known. */
  sourceUidOf(cluster: Cluster): string | undefined {
    return this.followers.sourceUidOf(cluster);
  }

  /** How publishing goes. */
  get publicationStatus(): Readonly<PublicationStatus> {
    return this.publication.status;
  }

  /** How the watch of the aggregate stands. */
  get aggregateWatch(): Readonly<WatchStatus> {
    return this.onHub.watch;
  }

  /** How the outputs of extensions stand. */
  get outputs(): readonly OutputStatus[] {
    return this.outputsOfExtensions.statuses;
  }

  /** What the aggregate was last seen to hold on the hub, all parts together; undefined: it does not exist, or was not looked at. */
  get aggregate(): { readonly data: ReadonlyMap<string, string> } | undefined {
    const secrets = this.onHub.secrets.filter((secret) => secret !== undefined);
    const [first, ...others] = secrets;
    if (!first || others.length === 0) return first;
    return { data: new Map(secrets.flatMap(({ data }) => [...data])) };
  }

  /** Whether the aggregate on the hub holds a key of this cluster. */
  publishes(name: string): boolean {
    return this.onHub.secrets.some((secret) => secret?.data.has(name));
  }

  /** What of the aggregate is still to be written, all parts together; undefined: nothing. */
  get plan(): Pick<WritePlan, 'set' | 'remove'> | undefined {
    return this.output.plan;
  }
}
