import { Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../cluster-config/cluster-registry.ts';
import { HubCredentials } from '../kube/hub-credentials.ts';
import { ObjectRefs } from '../kube/object-refs.ts';
import { Leadership } from '../leader-election/leadership.ts';
import { AggregatePublisher } from '../storage-sync/publishing/aggregate-publisher.ts';
import type { ClusterRecord, ClusterState } from '../storage-sync/keeping/cluster-record.ts';
import { ClusterStates } from '../storage-sync/keeping/cluster-states.ts';
import { HeldAggregate } from '../storage-sync/publishing/aggregate/held-aggregate.ts';
import type { TooLargeCluster } from '../storage-sync/publishing/publication-status.ts';
import { SourceWatches } from '../storage-sync/reading/source-watches.ts';
import type { ClusterStatus, Status } from './status.ts';

/** Puts the state of all parts together for whoever asks. Reads only what is in memory. */
@Injectable()
export class StatusReporter {
  constructor(
    private readonly hub: HubCredentials,
    private readonly refs: ObjectRefs,
    private readonly leadership: Leadership,
    private readonly registry: ClusterRegistry,
    private readonly states: ClusterStates,
    private readonly watches: SourceWatches,
    private readonly held: HeldAggregate,
    private readonly publisher: AggregatePublisher,
  ) {}

  report(): Status {
    const { state, since, clusters: accepted, rejected } = this.registry.view;
    const clusters = [...accepted.keys(), ...rejected.keys()]
      .toSorted()
      .flatMap((name) => this.states.all.get(name) ?? [])
      .map((record) => this.clusterStatus(record));
    return {
      apiVersion: 'multi-cluster-config-exporter/v1',
      kind: 'Status',
      hub: { server: this.hub.server.origin },
      leadership: this.leadership.status,
      registry: {
        secret: this.refs.registry,
        state,
        since,
        entries: accepted.size + rejected.size,
        rejected: rejected.size,
        watch: this.registry.watch,
      },
      aggregate: { secret: this.refs.aggregate, watch: this.held.watch, ...this.publisher.status },
      counts: countByState(clusters),
      clusters,
    };
  }

  private clusterStatus(record: ClusterRecord): ClusterStatus {
    const { name, state, reason, message, since, lastSuccess } = record;
    const cluster = this.registry.view.clusters.get(name);
    const watch = cluster && this.watches.statusOf(cluster);
    const published = this.held.secret?.data.has(name) ?? false;
    const tooLarge = this.publisher.status.tooLarge.find((candidate) => candidate.cluster === name);
    return {
      name,
      ...(tooLarge
        ? tooLargeState(tooLarge, published)
        : { state, since, ...(reason && { reason }), ...(message && { message }) }),
      ...(lastSuccess && { lastSuccess }),
      published,
      ...(watch && { watch }),
      ...(cluster && { server: cluster.server, credentials: cluster.expiries }),
    };
  }
}

/** It was read well, but what was read does not fit beside the others. */
function tooLargeState(
  { since }: TooLargeCluster,
  published: boolean,
): Pick<ClusterStatus, 'state' | 'since' | 'reason' | 'message'> {
  return {
    since,
    state: published ? 'stale' : 'pending',
    reason: 'too_large',
    message:
      'The newest content does not fit into the aggregate, which Kubernetes limits to 1 MiB; make sources smaller.',
  };
}

function countByState(clusters: readonly ClusterStatus[]): Record<ClusterState, number> {
  const counts: Record<ClusterState, number> = { pending: 0, synced: 0, stale: 0, missing: 0, rejected: 0 };
  for (const { state } of clusters) counts[state]++;
  return counts;
}
