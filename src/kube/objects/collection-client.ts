import { KubeRequestError } from '../failures/kube-request.error.ts';
import type { KubeClient } from '../http/kube-client.ts';
import type { Watchable } from '../watching/watchable.ts';
import { readWatchEvents, type WatchEvent } from '../watching/watch-events.ts';
import type { ObjectList } from './object-client.ts';
import {
  accepted,
  objectField,
  type ObjectKind,
  type ObjectSnapshot,
  parseList,
  textField,
} from './object-kind.ts';
import { collectionPath } from './object-path.ts';
import { isOlderVersion } from './resource-version.ts';

/** Which objects of a kind belong to a collection. */
export interface CollectionSelection {
  /** Undefined: all, or the kind has none. */
  readonly namespace?: string;
  /** Such as `argocd.argoproj.io/secret-type=cluster`. Undefined: all. */
  readonly labelSelector?: string;
}

/** One object of a collection. */
export interface CollectionItem<Snapshot> {
  /** Empty where the kind has no namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly object: Snapshot;
}

/** A collection at a version. */
export interface CollectionSnapshot<Snapshot> extends ObjectSnapshot {
  /** By namespace and name. It is what the client continues with, so it changes when the next event is read. */
  readonly items: ReadonlyMap<string, CollectionItem<Snapshot>>;
}

/** How many objects are asked for at once. Fewer, where an answer of so many is too large. */
const PAGE = 250;

/**
 * Objects of one kind on one API server, selected by label and namespace, taken as a whole: every event of a watch is the collection after
 * it. To be listed and watched by one watcher. Needs `list` and `watch` on the kind, which RBAC cannot limit to some of the objects.
 *
 * Every failure is a {@link KubeRequestError}.
 */
export class CollectionClient<Snapshot extends ObjectSnapshot>
  implements Watchable<CollectionSnapshot<Snapshot>>
{
  readonly ref: object;
  private items = new Map<string, CollectionItem<Snapshot>>();
  /** The version that {@link items} are at. */
  private version = '';
  private page = PAGE;

  constructor(
    private readonly kube: KubeClient,
    private readonly kind: ObjectKind<Snapshot>,
    private readonly selection: CollectionSelection,
  ) {
    this.ref = { plural: kind.plural, ...selection };
  }

  async list(signal: AbortSignal): Promise<ObjectList<CollectionSnapshot<Snapshot>>> {
    const before = this.version;
    const items = new Map<string, CollectionItem<Snapshot>>();
    let resourceVersion: string;
    let next: string | undefined;
    do {
      const page = await this.fetchPage(next, signal);
      ({ resourceVersion, next } = page);
      for (const value of page.items) this.put(items, value);
    } while (next !== undefined);
    // Events of the watch may have overtaken the answer; then it is of no use to anybody.
    if (this.version === before || !isOlderVersion(resourceVersion, this.version)) {
      this.items = items;
      this.version = resourceVersion;
    }
    return { resourceVersion, object: { resourceVersion, items } };
  }

  async watch(
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent<CollectionSnapshot<Snapshot>>>> {
    const stream = await this.kube.stream({
      method: 'GET',
      path: this.path,
      query: {
        ...this.selector,
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion,
        timeoutSeconds: String(timeoutSeconds),
      },
      accept: accepted(this.kind),
      signal,
    });
    return this.follow(readWatchEvents(stream, (value) => this.parsed(value)));
  }

  private async *follow(
    events: AsyncIterable<WatchEvent<Parsed<Snapshot>>>,
  ): AsyncGenerator<WatchEvent<CollectionSnapshot<Snapshot>>, void> {
    for await (const event of events) {
      if (event.type === 'BOOKMARK') {
        yield event;
        continue;
      }
      const { resourceVersion, item } = event.object;
      // A list may have overtaken the event.
      if (isOlderVersion(resourceVersion, this.version)) continue;
      const key = keyOf(item);
      if (event.type === 'DELETED') this.items.delete(key);
      else this.items.set(key, item);
      this.version = resourceVersion;
      yield { type: 'MODIFIED', bytes: event.bytes, object: { resourceVersion, items: this.items } };
    }
  }

  private async fetchPage(next: string | undefined, signal: AbortSignal) {
    for (;;) {
      try {
        const query = {
          ...this.selector,
          limit: String(this.page),
          ...(next !== undefined && { continue: next }),
        };
        const accept = accepted(this.kind, 'List');
        return parseList(await this.kube.json({ method: 'GET', path: this.path, query, accept, signal }));
      } catch (error) {
        const tooLarge = error instanceof KubeRequestError && error.reason === 'too_large';
        if (!tooLarge || this.page === 1) throw error;
        this.page = Math.ceil(this.page / 4);
      }
    }
  }

  private put(items: Map<string, CollectionItem<Snapshot>>, value: unknown): void {
    const { item } = this.parsed(value);
    items.set(keyOf(item), item);
  }

  private parsed(value: unknown): Parsed<Snapshot> {
    const { name, namespace } = objectField(objectField(value).metadata);
    const object = this.kind.parse(value);
    const item = {
      namespace: namespace === undefined ? '' : textField(namespace),
      name: textField(name),
      object,
    };
    return { resourceVersion: object.resourceVersion, item };
  }

  private get path(): string {
    return collectionPath(this.kind.apiVersion, this.kind.plural, this.selection.namespace);
  }

  private get selector(): { labelSelector?: string } {
    const { labelSelector } = this.selection;
    return labelSelector === undefined ? {} : { labelSelector };
  }
}

interface Parsed<Snapshot> extends ObjectSnapshot {
  readonly item: CollectionItem<Snapshot>;
}

function keyOf({ namespace, name }: Pick<CollectionItem<unknown>, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}
