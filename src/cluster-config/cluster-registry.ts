import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventEmitter2, EventEmitterReadinessWatcher } from '@nestjs/event-emitter';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Settings } from '../base/config/settings.ts';
import { createClusterClient } from '../kube/http/cluster-client.ts';
import { SecureContexts } from '../kube/http/secure-contexts.ts';
import { NameLookups } from '../kube/http/name-lookups.ts';
import { HubClient } from '../kube/hub/hub-client.ts';
import { SecretClient } from '../kube/objects/secret-client.ts';
import { ObjectRefs } from '../kube/hub/object-refs.ts';
import type { SecretSnapshot } from '../kube/objects/secret-snapshot.ts';
import type { ObjectWatcher, WatchStatus } from '../kube/watching/object-watcher.ts';
import { ObjectWatcherFactory } from '../kube/watching/object-watcher.factory.ts';
import type { Cluster } from './cluster.ts';
import { ClusterConfigChangedEvent } from './cluster-config-changed.event.ts';
import { expiriesOf } from './credentials/credential-expiry.ts';
import type { AcceptedEntry } from './entries/entry.ts';
import { diffRegistry, type JudgedEntry, type RegistryDiff } from './registries/registry-diff.ts';
import {
  CONFIRM_REMOVAL_ANNOTATION,
  type RegistryState,
  type RegistryView,
  type RejectedEntry,
} from './registries/registry-view.ts';

/**
 * Knows the clusters: watches the registry, keeps one client for each accepted entry, and emits
 * {@link ClusterConfigChangedEvent}. It is the only owner of these clients and closes them.
 */
@Injectable()
export class ClusterRegistry implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly watcher: ObjectWatcher<SecretSnapshot>;
  /** What the clients of all clusters use together. */
  private readonly shared = { secureContexts: new SecureContexts(), lookup: new NameLookups().lookup };
  private readonly clusters = new Map<string, Cluster>();
  /** Ends each cluster's signal. */
  private readonly leaving = new WeakMap<Cluster, AbortController>();
  private readonly rejected = new Map<string, RejectedEntry>();
  /** As it was last seen, base64 text by name. */
  private data: ReadonlyMap<string, string> = new Map();
  private confirmation: string | undefined;
  private state: RegistryState = 'unknown';
  private since = new Date();
  private watching: Promise<void> | undefined;
  private readonly firstSeen = Promise.withResolvers<void>();
  private refreshing: Promise<boolean> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly refs: ObjectRefs,
    hub: HubClient,
    watchers: ObjectWatcherFactory,
    private readonly events: EventEmitter2,
    private readonly eventsReady: EventEmitterReadinessWatcher,
    @InjectPinoLogger(ClusterRegistry.name) private readonly logger: PinoLogger,
  ) {
    this.watcher = watchers.watcherOf(new SecretClient(hub, refs.registry));
  }

  onApplicationBootstrap(): void {
    this.watching = this.eventsReady
      .waitUntilReady()
      .then(() => this.watcher.start(({ object }) => this.accept(object)));
  }

  async onModuleDestroy(): Promise<void> {
    await this.watcher.stop();
    await Promise.all([...this.clusters.values()].map(({ client }) => client.close()));
  }

  /** The registry as it was last seen. */
  get view(): RegistryView {
    const { state, since, clusters, rejected, confirmation } = this;
    return { state, since, clusters, rejected, confirmation };
  }

  /** How the watch of the registry stands. */
  get watch(): Readonly<WatchStatus> {
    return this.watcher.status;
  }

  /** Resolves once the registry was seen, or found not to exist. */
  async whenSeen(): Promise<void> {
    await this.firstSeen.promise;
  }

  /**
   * Looks at the registry at once instead of waiting for its watch. Requests while one is under way share it. Never
   * rejects: the watch goes on whatever happens here.
   *
   * @returns whether the hub answered
   */
  async refresh(): Promise<boolean> {
    await this.watching;
    this.refreshing ??= this.watcher.lookNow().finally(() => {
      this.refreshing = undefined;
    });
    return await this.refreshing;
  }

  private accept(secret: SecretSnapshot | undefined): void {
    const data = secret?.data ?? new Map<string, string>();
    const diff = diffRegistry({ hashes: this.knownHashes(), data: this.data }, data, this.settings);
    this.data = data;
    const firstSight = this.state === 'unknown';
    this.update(diff);
    const stateChanged = this.updateState(secret);
    const confirmation = secret?.annotations.get(CONFIRM_REMOVAL_ANNOTATION);
    const confirms = confirmation !== this.confirmation;
    this.confirmation = confirmation;
    this.firstSeen.resolve();

    const names = ({ name }: JudgedEntry) => name;
    const event = new ClusterConfigChangedEvent(
      diff.added.map(names),
      diff.changed.map(names),
      diff.removed,
      diff.rejected.map(names),
    );
    const { added, changed, removed, rejected } = event;
    if (
      !firstSight &&
      !stateChanged &&
      !confirms &&
      [added, changed, removed, rejected].every(({ length }) => length === 0)
    )
      return;
    this.logger.info(
      { added, changed, removed, rejected, clusters: this.clusters.size },
      'cluster configuration changed',
    );
    this.events.emit(ClusterConfigChangedEvent.eventName, event);
  }

  private knownHashes(): Map<string, string> {
    return new Map(
      [...this.clusters.values(), ...this.rejected.values()].map(({ name, hash }) => [name, hash]),
    );
  }

  private update(diff: RegistryDiff): void {
    for (const name of diff.removed) this.drop(name);
    for (const { name, hash, verdict } of [...diff.added, ...diff.changed, ...diff.rejected]) {
      this.drop(name);
      if ('accepted' in verdict) this.add(name, hash, verdict.accepted);
      else this.reject({ name, hash, ...verdict.refused });
    }
  }

  private add(name: string, hash: string, { endpoint, warnings }: AcceptedEntry): void {
    for (const warning of warnings)
      this.logger.warn({ cluster: name, warning }, 'entry accepted with a warning');
    const leaving = new AbortController();
    const cluster = {
      name,
      hash,
      server: endpoint.server.origin,
      client: createClusterClient(endpoint, this.settings.readTimeoutMs, this.shared),
      signal: leaving.signal,
      expiries: expiriesOf(endpoint),
    };
    this.leaving.set(cluster, leaving);
    this.clusters.set(name, cluster);
  }

  private reject(entry: RejectedEntry): void {
    const { name: cluster, reason, message: problem, remedy, empty } = entry;
    this.rejected.set(cluster, entry);
    if (empty) {
      this.logger.warn(
        { cluster, reason, problem, remedy },
        'empty entry skipped, its published key is kept',
      );
      return;
    }
    this.logger.error({ cluster, reason, problem, remedy }, 'entry rejected, its published key is kept');
  }

  private drop(name: string): void {
    this.rejected.delete(name);
    const cluster = this.clusters.get(name);
    if (!cluster) return;
    this.clusters.delete(name);
    this.leaving.get(cluster)?.abort();
    void cluster.client.close();
  }

  private updateState(secret: SecretSnapshot | undefined): boolean {
    const state = stateOf(secret, this.clusters.size);
    if (state === this.state) return false;
    this.state = state;
    this.since = new Date();
    if (state !== 'present') {
      this.logger.warn(
        { secret: this.refs.registry, state },
        'registry names no usable cluster, aggregate is left as it is',
      );
    }
    return true;
  }
}

function stateOf(secret: SecretSnapshot | undefined, usableEntries: number): RegistryState {
  if (!secret) return 'missing';
  if (secret.data.size === 0) return 'empty';
  return usableEntries === 0 ? 'all_rejected' : 'present';
}
