import type { HubClient } from '../../kube/hub/hub-client.ts';
import type { CollectionItem } from '../../kube/objects/collection-client.ts';
import type { ObjectSnapshot } from '../../kube/objects/object-kind.ts';
import type { CollectionWatcher, WatchedCollection } from '../../kube/watching/collection-watcher.ts';
import type { ObjectWatcherFactory } from '../../kube/watching/object-watcher.factory.ts';
import type { WatchStatus } from '../../kube/watching/object-watcher.ts';
import type { EntryPolicy, EntryVerdict } from '../entries/entry.ts';
import { type RegistryEntry, type RegistrySnapshot, RegistrySource } from './registry-source.ts';

/** How the objects of a collection name clusters. Both functions are pure. */
export interface CollectionFormat<Snapshot extends ObjectSnapshot> {
  /** As {@link RegistrySource.name}. */
  readonly name: string;
  /** The clusters that one object names; none where it is not meant for this. Called again only when the object changed. */
  entriesOf(item: CollectionItem<Snapshot>): readonly RegistryEntry[];
  /** As {@link RegistrySource.judge}. */
  judge(entry: RegistryEntry, policy: EntryPolicy): EntryVerdict;
}

/**
 * A registry of many objects on the hub, such as labelled Secrets. No object at all looks like a mistake, as a Secret without keys does:
 * the keys of its clusters stay. Needs `list` and `watch` on the kind in each namespace.
 */
export class CollectionRegistry<Snapshot extends ObjectSnapshot> extends RegistrySource {
  override readonly name: string;
  override readonly where: string;
  private readonly watcher: CollectionWatcher<Snapshot>;
  private readonly entries = new WeakMap<Snapshot, readonly RegistryEntry[]>();

  constructor(
    private readonly format: CollectionFormat<Snapshot>,
    collection: WatchedCollection<Snapshot>,
    hub: HubClient,
    watchers: ObjectWatcherFactory,
  ) {
    super();
    this.name = format.name;
    this.where = describe(collection);
    this.watcher = watchers.collectionOf(hub, collection);
  }

  override get watch(): Readonly<WatchStatus> {
    return this.watcher.status;
  }

  override start(observer: (snapshot: RegistrySnapshot) => void): void {
    this.watcher.start((items) => observer({ entries: items.flatMap((item) => this.entriesOf(item)) }));
  }

  override async stop(): Promise<void> {
    await this.watcher.stop();
  }

  override async refresh(): Promise<boolean> {
    return await this.watcher.lookNow();
  }

  override judge(entry: RegistryEntry, policy: EntryPolicy): EntryVerdict {
    return this.format.judge(entry, policy);
  }

  /** An object that did not change is the same one, so that a change of one among thousands costs one. */
  private entriesOf(item: CollectionItem<Snapshot>): readonly RegistryEntry[] {
    const known = this.entries.get(item.object);
    if (known) return known;
    const entries = this.format.entriesOf(item);
    this.entries.set(item.object, entries);
    return entries;
  }
}

function describe({
  kind,
  namespaces,
  labelSelector,
}: Omit<WatchedCollection<ObjectSnapshot>, 'kind'> & {
  readonly kind: { readonly kind: string };
}): string {
  const where = namespaces === undefined ? '' : ` in ${namespaces.join(', ')}`;
  return `${kind.kind}s${where}${labelSelector === undefined ? '' : ` with ${labelSelector}`}`;
}
