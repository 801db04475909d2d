import type { Logger } from 'pino';
import type { KubeClient } from '../http/kube-client.ts';
import {
  CollectionClient,
  type CollectionItem,
  type CollectionSnapshot,
} from '../objects/collection-client.ts';
import type { ObjectKind, ObjectSnapshot } from '../objects/object-kind.ts';
import { ObjectWatcher, type WatchLimits, type WatchStatus } from './object-watcher.ts';

/** Which objects are watched. */
export interface WatchedCollection<Snapshot extends ObjectSnapshot> {
  readonly kind: ObjectKind<Snapshot>;
  /** Each is watched on its own. Undefined: the kind has none, or all are watched together. */
  readonly namespaces?: readonly string[];
  readonly labelSelector?: string;
}

/** Called with all objects, once every namespace was listed and after every change. Must not throw. */
export type CollectionObserver<Snapshot> = (items: readonly CollectionItem<Snapshot>[]) => void;

/** Between two calls of an observer. Changes meanwhile are told together. Milliseconds. */
const PACE_MS = 100;

/** Lists take long where there are many objects. */
const LIST_TIMEOUT_MS = 60_000;

/** A change among many objects is small, so that it is read whatever else happens; how often it is told is bounded. */
const NO_BUDGET: WatchLimits['budget'] = {
  readyAtMs: () => Number.NEGATIVE_INFINITY,
  spend: () => undefined,
};

/**
 * Keeps an eye on a collection by list + watch, for as long as it runs, in as many namespaces as there are. A namespace that cannot be
 * read keeps what was last seen in it; before all were seen nothing is told.
 */
export class CollectionWatcher<Snapshot extends ObjectSnapshot> {
  private readonly watchers: readonly ObjectWatcher<CollectionSnapshot<Snapshot>>[];
  private snapshots = new Map<number, CollectionSnapshot<Snapshot>>();
  private observer: CollectionObserver<Snapshot> | undefined;
  private pause: NodeJS.Timeout | undefined;
  private changed = false;

  constructor(
    kube: KubeClient,
    { kind, namespaces, labelSelector }: WatchedCollection<Snapshot>,
    logger: Logger,
    limits: Partial<WatchLimits> = {},
  ) {
    const selections = (namespaces ?? [undefined]).map((namespace) => ({
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
    }));
    this.watchers = selections.map(
      (selection) =>
        new ObjectWatcher(new CollectionClient(kube, kind, selection), logger, {
          listTimeoutMs: LIST_TIMEOUT_MS,
          budget: NO_BUDGET,
          ...limits,
        }),
    );
  }

  /** Of the namespace that is worst off. */
  get status(): Readonly<WatchStatus> {
    const statuses = this.watchers.map(({ status }) => status);
    const listed = statuses.every((status) => status.listed);
    const [first] = [...statuses].toSorted((a, b) => Number(a.connected) - Number(b.connected));
    return { ...(first ?? { connected: true, since: new Date() }), listed };
  }

  /** Starts watching. While it runs, a second call does nothing. */
  start(observer: CollectionObserver<Snapshot>): void {
    if (this.observer) return;
    this.observer = observer;
    for (const [index, watcher] of this.watchers.entries())
      watcher.start(({ object }) => {
        if (object) this.snapshots.set(index, object);
        this.change();
      });
  }

  /** Resolves when the observer will not be called any more. Can be called at any time. */
  async stop(): Promise<void> {
    this.observer = undefined;
    clearTimeout(this.pause);
    this.pause = undefined;
    await Promise.all(this.watchers.map((watcher) => watcher.stop()));
    this.snapshots = new Map();
  }

  /**
   * Lists once, beside the watch, and tells the observer. Never rejects.
   *
   * @returns whether the server answered for every namespace
   */
  async lookNow(): Promise<boolean> {
    const answers = await Promise.all(this.watchers.map((watcher) => watcher.lookNow()));
    this.tell();
    return answers.every(Boolean);
  }

  private change(): void {
    this.changed = true;
    if (this.pause || !this.observer) return;
    this.tell();
    this.pause = setTimeout(() => {
      this.pause = undefined;
      if (this.changed) this.change();
    }, PACE_MS);
    this.pause.unref();
  }

  private tell(): void {
    if (this.snapshots.size < this.watchers.length) return;
    this.changed = false;
    this.observer?.([...this.snapshots.values()].flatMap(({ items }) => [...items.values()]));
  }
}
