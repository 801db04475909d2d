import { OnEvent } from '@nestjs/event-emitter';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import {
  type CollectionWatcher,
  type HubClient,
  type Leadership,
  LeadershipChangedEvent,
  type ObjectKind,
  objectField,
  type ObjectSnapshot,
  type ObjectWatcherFactory,
  OUTPUT_LABEL,
  parseMetadata,
} from '../../../index.ts';
import { type Address, parseAddress } from './addresses.ts';
import { COMPONENTS, serviceName } from './components.ts';
import type { NodeAddresses } from './node-addresses.ts';

/** What one of our slices points to. */
interface Slice extends ObjectSnapshot {
  readonly service: string | undefined;
  readonly addresses: readonly Address[];
}

const SLICE: ObjectKind<Slice> = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  parse(value) {
    const { metadata, endpoints } = objectField(value);
    const { resourceVersion, labels } = parseMetadata(metadata);
    const texts = (Array.isArray(endpoints) ? endpoints : []).flatMap((endpoint) => {
      const { addresses } = objectField(endpoint);
      return Array.isArray(addresses) ? addresses.map(String) : [];
    });
    const addresses = texts.map(parseAddress).filter((address) => address !== undefined);
    return { resourceVersion, service: labels.get('kubernetes.io/service-name'), addresses };
  },
};

/**
 * What the slices on the hub point to when this replica begins to lead: the last-known-good addresses of clusters whose nodes cannot be listed.
 * Read once in each term.
 */
export class RecalledSlices implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly watcher: CollectionWatcher<Slice>;
  private recalled = false;

  constructor(
    namespace: string,
    hub: HubClient,
    watchers: ObjectWatcherFactory,
    private readonly nodes: NodeAddresses,
    private readonly leadership: Pick<Leadership, 'term'>,
  ) {
    const labelSelector = `${OUTPUT_LABEL}=lens-proxies`;
    this.watcher = watchers.collectionOf(hub, { kind: SLICE, namespaces: [namespace], labelSelector });
  }

  onApplicationBootstrap(): void {
    this.onLeadershipChanged();
  }

  async onModuleDestroy(): Promise<void> {
    await this.watcher.stop();
  }

  @OnEvent(LeadershipChangedEvent.eventName)
  onLeadershipChanged(): void {
    const leads = this.leadership.term !== undefined;
    if (leads && !this.recalled)
      this.watcher.start((items) => this.recall(items.map(({ object }) => object)));
    if (!leads) void this.watcher.stop();
    this.recalled = leads;
  }

  private recall(slices: readonly Slice[]): void {
    const addresses = new Map<string | undefined, Address[]>();
    for (const slice of slices)
      addresses.set(slice.service, [...(addresses.get(slice.service) ?? []), ...slice.addresses]);
    this.nodes.recall((cluster) => {
      const all = COMPONENTS.flatMap((component) => addresses.get(serviceName(component, cluster)) ?? []);
      return [...new Map(all.map((address) => [address.ip, address])).values()].toSorted((one, other) =>
        one.ip < other.ip ? -1 : 1,
      );
    });
    void this.watcher.stop();
  }
}
