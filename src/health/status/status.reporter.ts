import { Inject, Injectable } from '@nestjs/common';
import { BUILD_VERSION } from '../../base/config/build-version.ts';
import { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import { Ports } from '../../base/extending/ports.ts';
import { ClusterRegistry } from '../../cluster-config/cluster-registry.ts';
import type { RegistryStatus } from '../../cluster-config/registries/registry-view.ts';
import { SECRET_REGISTRY } from '../../cluster-config/registries/secret-registry.ts';
import { HubCredentials } from '../../kube/hub/hub-credentials.ts';
import { ObjectRefs } from '../../kube/hub/object-refs.ts';
import { Leadership } from '../../leader-election/leadership.ts';
import type { ClusterRecord, ClusterState } from '../../storage-sync/keeping/cluster-record.ts';
import type { TooLargeCluster } from '../../storage-sync/publishing/publication-status.ts';
import { SyncView } from '../../storage-sync/sync-view.ts';
import { identityOf } from '../../cluster-config/identity.ts';
import { SameServers } from './same-servers.ts';
import { LastChanges } from './last-changes.ts';
import { withCommands } from '../problems/commands.ts';
import { type Facts, problemsOf } from '../problems/problems.ts';
import { ReportedProblems } from '../problems/reported-problems.ts';
import type { ClusterStatus, ExtensionStatus, Status } from './status.ts';

/** Puts the state of all parts together with what is wrong with them. Reads only what is in memory. */
@Injectable()
export class StatusReporter {
  private readonly hubIdentity: string;

  constructor(
    private readonly hub: HubCredentials,
    private readonly refs: ObjectRefs,
    private readonly leadership: Leadership,
    private readonly registry: ClusterRegistry,
    private readonly sync: SyncView,
    private readonly ports: Ports,
    private readonly faults: ExtensionFaults,
    private readonly lastChanges: LastChanges,
    @Inject(BUILD_VERSION) private readonly version: string,
    private readonly reported: ReportedProblems,
  ) {
    const { server, proxy } = hub;
    this.hubIdentity = identityOf({ server, ...(proxy && { proxy }), tls: {} });
  }

  report(): Status {
    // First, since what goes wrong here is a fact, too.
    const reported = this.reported.all();
    const facts = this.facts();
    const { apiVersion, kind, version, ...rest } = facts;
    const problems = [...withCommands(problemsOf(facts, Date.now()), facts), ...reported];
    return { apiVersion, kind, version, problems, ...rest };
  }

  private facts(): Facts {
    const { clusters: accepted, rejected, registries } = this.registry.view;
    const kept = this.keptKeys();
    const [{ name: _name, where: _where, shadowed: _shadowed, ...own }, ...others] = registries;
    const tooLarge = new Map(this.sync.publicationStatus.tooLarge.map((each) => [each.cluster, each]));
    const same = new SameServers(accepted.values(), (cluster) => this.sync.sourceUidOf(cluster));
    const clusters = [...accepted.keys(), ...rejected.keys()]
      .toSorted()
      .flatMap((name) => this.sync.records.get(name) ?? [])
      .map((record) => this.clusterStatus(record, tooLarge.get(record.name), same));
    const removal = this.sync.heldRemoval;
    return {
      apiVersion: 'multi-cluster-config-exporter/v1',
      kind: 'Status',
      version: this.version,
      hub: { server: this.hub.server.origin },
      leadership: this.leadership.status,
      registry: {
        secret: this.refs.registry,
        ...own,
        ...kept(registries[0]),
        ...(removal && { removal }),
      },
      ...(others.length > 0 && { registries: others.map((each) => ({ ...each, ...kept(each) })) }),
      ...(this.sync.outputs.length > 0 && { outputs: this.sync.outputs }),
      ...(this.ports.extensions.length > 0 && { extensions: this.extensionStatuses() }),
      aggregate: {
        secret: this.refs.aggregate,
        watch: this.sync.aggregateWatch,
        ...this.sync.publicationStatus,
      },
      counts: countByState(clusters),
      clusters,
    };
  }

  /** How many keys are kept since a registry is not there to tell whether their clusters are gone. */
  private keptKeys(): (registry: RegistryStatus) => { kept?: number } {
    const records = [...this.sync.records.values()].filter((record) => record.kept && record.content);
    return ({ name, state }) => {
      if (state === 'present') return {};
      const kept = records.filter(({ registry }) => registry === undefined || registry === name).length;
      return kept > 0 ? { kept } : {};
    };
  }

  private extensionStatuses(): ExtensionStatus[] {
    return this.ports.extensions.map(({ name, file }) => {
      const faults = this.faults.current.filter(({ extension }) => extension === name);
      return { name, ...(file && { file }), ...(faults.length > 0 && { faults }) };
    });
  }

  private clusterStatus(
    record: ClusterRecord,
    tooLarge: TooLargeCluster | undefined,
    same: SameServers,
  ): ClusterStatus {
    const { name, state, reason, explanation, since, lastSuccess } = record;
    const { clusters, rejected } = this.registry.view;
    const cluster = clusters.get(name);
    const { registry, origin } = cluster ?? rejected.get(name) ?? {};
    const watch = cluster && this.sync.watchOf(cluster);
    const sameAs = cluster ? same.othersOf(cluster) : [];
    const published = this.sync.publishes(name);
    const lastChange = this.lastChanges.of(name);
    const { message, remedy } = explanation ?? {};
    return {
      name,
      ...(cluster?.originalName !== undefined && { originalName: cluster.originalName }),
      ...(registry !== undefined && registry !== SECRET_REGISTRY && { registry }),
      ...(origin !== undefined && { origin }),
      // What keeps it from being read is told first; that what was read does not fit matters once it can be.
      ...(tooLarge && state === 'synced'
        ? tooLargeState(tooLarge, published)
        : {
            state,
            since,
            ...(reason && { reason }),
            ...(message && { message }),
            ...(remedy && { remedy }),
          }),
      ...(tooLarge && { tooLargeSince: tooLarge.since }),
      ...(lastSuccess && { lastSuccess }),
      ...(lastChange && { lastChange }),
      published,
      ...(watch && { watch }),
      ...(cluster && { server: cluster.server, credentials: cluster.expiries }),
      ...(cluster && sameAs.length > 0 && { sameAs }),
      ...(cluster?.identity === this.hubIdentity && { isHub: true }),
    };
  }
}

/** It was read well, but what was read does not fit beside the others. */
function tooLargeState(
  { since }: TooLargeCluster,
  published: boolean,
): Pick<ClusterStatus, 'state' | 'since' | 'reason' | 'message' | 'remedy'> {
  return {
    since,
    state: published ? 'stale' : 'pending',
    reason: 'too_large',
    message: 'The newest content does not fit into the aggregate, which Kubernetes limits to 1 MiB.',
    remedy: 'Make sources smaller.',
  };
}

function countByState(clusters: readonly ClusterStatus[]): Record<ClusterState, number> {
  const counts: Record<ClusterState, number> = { pending: 0, synced: 0, stale: 0, missing: 0, rejected: 0 };
  for (const { state } of clusters) counts[state]++;
  return counts;
}
