import { OnEvent } from '@nestjs/event-emitter';
import type { OnModuleDestroy } from '@nestjs/common';
import {
  type Cluster,
  ClusterConfigChangedEvent,
  type ClusterRegistry,
  type CollectionWatcher,
  type Explanation,
  type Leadership,
  LeadershipChangedEvent,
  type ObjectWatcherFactory,
} from '../../../index.ts';
import type { Address, AddressRefusal, TargetPolicy } from './addresses.ts';
import { CONTROL_PLANE_LABELS, type ControlPlaneNode, NODE } from './control-plane-nodes.ts';
import type { NodeExclusion } from './proxy-settings.ts';

/** The most that one slice has by convention. */
const MOST_ADDRESSES = 100;

/** What the proxies of a cluster point to. */
export interface KnownAddresses {
  /** Empty: none is known. Sorted. */
  readonly addresses: readonly Address[];
  /** Addresses of nodes that no proxy may point to. */
  readonly refused: readonly { readonly ip: string; readonly why: AddressRefusal }[];
  /** Why the nodes cannot be seen now. */
  readonly failure?: Explanation | undefined;
}

/** What the operator says about addresses. */
export interface AddressOptions {
  readonly policy: TargetPolicy;
  readonly fixed: ReadonlyMap<string, readonly Address[]>;
  readonly excludes: NodeExclusion;
}

interface Watched {
  readonly cluster: Cluster;
  readonly watchers: readonly CollectionWatcher<ControlPlaneNode>[];
}

/**
 * Addresses by cluster: those that the operator has set, else those of the control-plane nodes that are ready, which are watched while this
 * replica leads. When no such node can be seen, the last-known-good ones stay.
 */
export class NodeAddresses implements OnModuleDestroy {
  private readonly watched = new Map<string, Watched>();
  private readonly lastKnownGood = new Map<string, readonly Address[]>();
  private readonly refused = new Map<string, KnownAddresses['refused']>();
  private recalled: (cluster: string) => readonly Address[] = () => [];
  private listener: () => void = () => undefined;

  constructor(
    private readonly options: AddressOptions,
    private readonly registry: Pick<ClusterRegistry, 'view'>,
    private readonly leadership: Pick<Leadership, 'term'>,
    private readonly watchers: ObjectWatcherFactory,
  ) {}

  /** @param listener called when other addresses are known; must not throw */
  onChange(listener: () => void): void {
    this.listener = listener;
  }

  /** What is known of a cluster. From now on its nodes are watched. */
  of(name: string): KnownAddresses {
    const fixed = this.options.fixed.get(name);
    if (fixed) return { addresses: fixed, refused: [] };
    const watched = this.watch(name);
    const failure = watched?.watchers
      .map(({ status }) => (status.connected ? undefined : status.failure))
      .find((each) => each !== undefined);
    return {
      addresses: this.lastKnownGood.get(name) ?? this.recallOf(name),
      refused: this.refused.get(name) ?? [],
      failure,
    };
  }

  /**
   * Takes what the proxies on the hub point to already, for clusters of which nothing newer is known.
   *
   * @param recalled what those of a cluster point to
   */
  recall(recalled: (cluster: string) => readonly Address[]): void {
    this.recalled = recalled;
    this.listener();
  }

  /** Nobody wants to know about the cluster any more. */
  forget(name: string): void {
    this.drop(name);
    this.lastKnownGood.delete(name);
    this.refused.delete(name);
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  onClusterConfigChanged(): void {
    for (const [name, { cluster }] of this.watched) {
      const now = this.registry.view.clusters.get(name);
      if (now === cluster) continue;
      this.drop(name);
      // Another API server is another cluster.
      if (now && now.server !== cluster.server) this.lastKnownGood.set(name, []);
      if (now) this.watch(name);
    }
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    if (this.leadership.term) return;
    for (const name of this.watched.keys()) this.drop(name);
    this.lastKnownGood.clear();
    this.refused.clear();
    this.recalled = () => [];
  }

  async onModuleDestroy(): Promise<void> {
    const watchers = [...this.watched.values()].flatMap((each) => each.watchers);
    this.watched.clear();
    await Promise.all(watchers.map((watcher) => watcher.stop()));
  }

  private recallOf(name: string): Address[] {
    return this.recalled(name).filter((address) => this.options.policy.refusalOf(address) === undefined);
  }

  private watch(name: string): Watched | undefined {
    const known = this.watched.get(name);
    const cluster = this.registry.view.clusters.get(name);
    if (known || !cluster || !this.leadership.term) return known;
    const seen = new Map<string, readonly ControlPlaneNode[]>();
    const watchers = CONTROL_PLANE_LABELS.map((labelSelector) => {
      const watcher = this.watchers.collectionOf(cluster.client, { kind: NODE, labelSelector });
      watcher.start((items) => {
        seen.set(
          labelSelector,
          items.map(({ object }) => object),
        );
        if (this.registry.view.clusters.get(name) === cluster) this.take(cluster, [...seen.values()].flat());
      });
      return watcher;
    });
    const watched = { cluster, watchers };
    this.watched.set(name, watched);
    return watched;
  }

  private drop(name: string): void {
    for (const watcher of this.watched.get(name)?.watchers ?? []) void watcher.stop();
    this.watched.delete(name);
  }

  private take({ name }: Cluster, nodes: readonly ControlPlaneNode[]): void {
    const { policy, excludes } = this.options;
    const usable = nodes.filter((node) => node.ready && !excludes(name, node.name));
    const all = new Map(usable.flatMap((node) => node.addresses.map((address) => [address.ip, address])));
    const judged = [...all.values()].map((address) => ({ address, why: policy.refusalOf(address) }));
    const refused = judged.flatMap(({ address: { ip }, why }) => (why ? [{ ip, why }] : []));
    this.refused.set(name, refused);
    const addresses = judged
      .filter(({ why }) => why === undefined)
      .map(({ address }) => address)
      .toSorted((one, other) => (one.ip < other.ip ? -1 : 1))
      .slice(0, MOST_ADDRESSES);
    const before = this.lastKnownGood.get(name) ?? [];
    // That no node is ready says nothing about where they will be.
    if (addresses.length === 0 || addresses.map(({ ip }) => ip).join() === before.map(({ ip }) => ip).join())
      return;
    this.lastKnownGood.set(name, addresses);
    this.listener();
  }
}
