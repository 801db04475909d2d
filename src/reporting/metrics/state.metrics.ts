import { Inject, Injectable } from '@nestjs/common';
import { BUILD_VERSION } from '../../base/config/build-version.ts';
import { Gauge, Registry } from 'prom-client';
import { endsSoonFrom } from '../../cluster-config/credentials/credential-expiry.ts';
import { REGISTRY_STATES, type RegistryStatus } from '../../cluster-config/registries/registry-view.ts';
import { SECRET_REGISTRY } from '../../cluster-config/registries/secret-registry.ts';
import { PROBLEMS } from '../../health/problems/problem.ts';
import type { ClusterStatus, Status } from '../../health/status/status.ts';
import { StatusReporter } from '../../health/status/status.reporter.ts';
import { ObjectRefs } from '../../kube/hub/object-refs.ts';
import { PUBLICATION_STATES } from '../../storage-sync/publishing/publication-status.ts';

/**
 * What the status says, as gauges. All are set again for every scrape, so that a cluster that left takes its series
 * along, and a replica that stands by has none.
 */
@Injectable()
export class StateMetrics {
  private readonly buildInfo: Gauge;
  private readonly leader: Gauge;
  private readonly registryState: Gauge;
  private readonly registryEntries: Gauge;
  private readonly registryBytes: Gauge;
  private readonly registryLimit: Gauge;
  private readonly heldRemoval: Gauge;
  private readonly problems: Gauge;
  private readonly clusters: Gauge;
  private readonly up: Gauge;
  private readonly lastSuccess: Gauge;
  private readonly watchConnected: Gauge;
  private readonly credentialExpiry: Gauge;
  private readonly credentialDue: Gauge;
  private readonly outputObjects: Gauge;
  private readonly aggregateState: Gauge;
  private readonly aggregateKeys: Gauge;
  private readonly aggregateBytes: Gauge;
  private readonly aggregateLimit: Gauge;
  private readonly stored: Gauge;
  private readonly storedLimit: Gauge;
  private readonly lastWrite: Gauge;

  constructor(
    register: Registry,
    private readonly refs: ObjectRefs,
    private readonly status: StatusReporter,
    @Inject(BUILD_VERSION) private readonly version: string,
  ) {
    const gauge = (name: string, help: string, ...labelNames: string[]) =>
      new Gauge({ name, help, labelNames, registers: [register] });
    this.buildInfo = gauge('mcce_build_info', 'Always 1; the label names the version.', 'version');
    // The name under which client-go exports the same.
    this.leader = gauge('leader_election_master_status', '1 on the replica that leads, 0 on others.', 'name');
    this.registryState = gauge(
      'mcce_registry_state',
      '1 for the state that a registry is in.',
      'registry',
      'state',
    );
    this.registryEntries = gauge(
      'mcce_registry_entries',
      'Entries of a registry, by verdict.',
      'registry',
      'state',
    );
    this.registryBytes = gauge('mcce_registry_bytes', 'What a registry holds.', 'registry');
    this.registryLimit = gauge('mcce_registry_limit_bytes', 'The most that a registry can hold.', 'registry');
    this.heldRemoval = gauge(
      'mcce_registry_held_removal_clusters',
      'Clusters that left the registry and whose removal waits for a confirmation.',
    );
    this.problems = gauge('mcce_problems', 'Problems in the status, by code.', 'code');
    this.clusters = gauge('mcce_remote_clusters', 'Clusters of the registry, by state.', 'state');
    this.up = gauge(
      'mcce_remote_cluster_up',
      '1 while the newest read of the source went well and is published.',
      'remote_cluster',
    );
    this.lastSuccess = gauge(
      'mcce_remote_cluster_last_success_timestamp_seconds',
      'When the source was last known to be current. No series before the first time.',
      'remote_cluster',
    );
    this.watchConnected = gauge(
      'mcce_remote_cluster_watch_connected',
      '1 while the source is watched, 0 while it is polled instead.',
      'remote_cluster',
    );
    this.credentialExpiry = gauge(
      'mcce_remote_cluster_credential_expiry_timestamp_seconds',
      'When a credential of the entry ends, as far as it says so.',
      'remote_cluster',
      'kind',
    );
    this.credentialDue = gauge(
      'mcce_remote_cluster_credential_renewal_due_timestamp_seconds',
      'When a credential should have been renewed: a week before it expires, or in the last fifth of a shorter life.',
      'remote_cluster',
      'kind',
    );
    this.outputObjects = gauge(
      'mcce_output_objects',
      'Objects that an output wants, by whether they are there as it wants them.',
      'output',
      'state',
    );
    this.aggregateState = gauge('mcce_aggregate_state', '1 for the state that publishing is in.', 'state');
    this.aggregateKeys = gauge('mcce_aggregate_keys', 'Clusters in the aggregate.');
    this.aggregateBytes = gauge('mcce_aggregate_bytes', 'Size of the data in the aggregate.');
    this.aggregateLimit = gauge('mcce_aggregate_limit_bytes', 'The most that Kubernetes lets a Secret hold.');
    this.stored = gauge('mcce_aggregate_stored_bytes', 'Size of the aggregate in etcd, as estimated.');
    this.storedLimit = gauge('mcce_aggregate_stored_limit_bytes', 'The most that etcd takes in one request.');
    this.lastWrite = gauge(
      'mcce_aggregate_last_write_timestamp_seconds',
      'When this replica last wrote the aggregate. 0: not since it leads.',
    );
  }

  /** Brings all gauges up to date. */
  update(): void {
    const report = this.status.report();
    const { leadership, registry, registries = [], counts, clusters, aggregate, problems } = report;
    this.buildInfo.set({ version: this.version }, 1);
    this.leader.set({ name: this.refs.lease.name }, Number(leadership.role === 'leader'));
    this.updateRegistries([{ name: SECRET_REGISTRY, shadowed: [], ...registry }, ...registries]);
    this.heldRemoval.set(registry.removal?.clusters.length ?? 0);
    // Codes of extensions are not known beforehand.
    this.problems.reset();
    for (const code of Object.keys(PROBLEMS)) this.problems.set({ code }, 0);
    for (const { code } of problems) this.problems.inc({ code });
    for (const [state, count] of Object.entries(counts)) this.clusters.set({ state }, count);
    this.updateClusters(clusters);
    this.updateAggregate(aggregate);
    for (const { name: output, wanted, applied } of report.outputs ?? []) {
      this.outputObjects.set({ output, state: 'applied' }, applied);
      this.outputObjects.set({ output, state: 'pending' }, wanted - applied);
    }
  }

  private updateRegistries(
    registries: readonly Pick<
      RegistryStatus,
      'name' | 'state' | 'entries' | 'rejected' | 'shadowed' | 'size'
    >[],
  ): void {
    for (const gauge of [this.registryBytes, this.registryLimit]) gauge.reset();
    for (const { name: registry, state, entries, rejected, shadowed, size } of registries) {
      if (size) {
        this.registryBytes.set({ registry }, size.bytes);
        this.registryLimit.set({ registry }, size.limitBytes);
      }
      for (const each of REGISTRY_STATES)
        this.registryState.set({ registry, state: each }, Number(each === state));
      const accepted = entries - rejected - shadowed.length;
      for (const [verdict, count] of Object.entries({ accepted, rejected, shadowed: shadowed.length }))
        this.registryEntries.set({ registry, state: verdict }, count);
    }
  }

  private updateClusters(clusters: readonly ClusterStatus[]): void {
    for (const gauge of [
      this.up,
      this.lastSuccess,
      this.watchConnected,
      this.credentialExpiry,
      this.credentialDue,
    ])
      gauge.reset();
    for (const { name: remote_cluster, state, lastSuccess, watch, credentials } of clusters) {
      this.up.set({ remote_cluster }, Number(state === 'synced'));
      if (lastSuccess) this.lastSuccess.set({ remote_cluster }, seconds(lastSuccess));
      if (watch) this.watchConnected.set({ remote_cluster }, Number(watch.connected));
      for (const credential of credentials ?? []) {
        const { kind, expires } = credential;
        this.credentialExpiry.set({ remote_cluster, kind }, seconds(expires));
        this.credentialDue.set({ remote_cluster, kind }, seconds(new Date(endsSoonFrom(credential))));
      }
    }
  }

  private updateAggregate(aggregate: Status['aggregate']): void {
    const { state, keys, bytes, limitBytes, storedBytes, storedLimitBytes, lastWrite } = aggregate;
    setOne(this.aggregateState, PUBLICATION_STATES, state);
    this.aggregateKeys.set(keys);
    this.aggregateBytes.set(bytes);
    this.aggregateLimit.set(limitBytes);
    this.stored.set(storedBytes);
    this.storedLimit.set(storedLimitBytes);
    this.lastWrite.set(lastWrite ? seconds(lastWrite) : 0);
  }
}

/** Every state has its series; that of the current one is 1. */
function setOne<State extends string>(gauge: Gauge, states: readonly State[], current: State): void {
  for (const state of states) gauge.set({ state }, Number(state === current));
}

function seconds(time: Date): number {
  return time.getTime() / 1_000;
}
