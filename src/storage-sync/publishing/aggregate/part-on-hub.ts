import type { HubClient } from '../../../kube/hub/hub-client.ts';
import { ObjectClient } from '../../../kube/objects/object-client.ts';
import { type ObjectMetadata, SECRET_METADATA } from '../../../kube/objects/object-metadata.ts';
import type { ObjectRef } from '../../../kube/objects/object-ref.ts';
import type { ObjectWatcher, Sighting, WatchStatus } from '../../../kube/watching/object-watcher.ts';
import type { ObjectWatcherFactory } from '../../../kube/watching/object-watcher.factory.ts';
import { isOlderVersion } from '../../../kube/objects/resource-version.ts';
import { SecretClient } from '../../../kube/objects/secret-client.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { TransferBudget } from '../../../base/time/transfer-budget.ts';
import { dataBytes } from '../../../kube/objects/secret-limit.ts';
import { withTimeLimit } from '../../../base/time/time-limit.ts';

/** For fetching all of it. Milliseconds. */
const LOOK_TIMEOUT_MS = 10_000;

/** A part at a version; `object` is undefined when it did not exist. */
interface Seen {
  readonly object: SecretSnapshot | undefined;
  readonly resourceVersion: string;
}

/**
 * One part of the aggregate as the hub holds it, as far as we know. A watch tells which version it is at; the data is fetched only when that
 * version is not one that we wrote ourselves.
 */
export class PartOnHub {
  private readonly secrets: SecretClient;
  private readonly watcher: ObjectWatcher<ObjectMetadata>;
  private readonly looks = new TransferBudget();
  private seen: Seen | undefined;
  /** The newest version that the watch reported, unless we have seen what it holds. */
  private unseen: string | undefined;
  private writing = false;
  private onChange: () => void = () => undefined;

  constructor(
    readonly ref: ObjectRef,
    hub: HubClient,
    watchers: ObjectWatcherFactory,
  ) {
    this.secrets = new SecretClient(hub, ref);
    this.watcher = watchers.watcherOf(new ObjectClient(hub, SECRET_METADATA, ref));
  }

  /** Whether {@link secret} is what the hub holds, as far as we know. If not, {@link look}. */
  get current(): boolean {
    return this.seen !== undefined && this.unseen === undefined;
  }

  /** What was last seen. Undefined: it does not exist, or was not looked at. */
  get secret(): SecretSnapshot | undefined {
    return this.seen?.object;
  }

  /** When the budget of looks lets us fetch it again, on the monotonic clock. */
  get mayLookAtMs(): number {
    return this.looks.readyAtMs(this.secret ? dataBytes(this.secret) : 0);
  }

  /** How its watch stands. */
  get watch(): Readonly<WatchStatus> {
    return this.watcher.status;
  }

  /** @param onChange called whenever the hub turns out to hold something that was not seen; must not throw */
  start(onChange: () => void): void {
    this.onChange = onChange;
    this.watcher.start((sighting) => this.accept(sighting));
  }

  /** Ends the watch and forgets what it saw: it may change now behind our back. Can be called at any time. */
  async stop(): Promise<void> {
    await this.watcher.stop();
    this.seen = undefined;
    this.unseen = undefined;
  }

  /**
   * Fetches it as a whole.
   *
   * @throws KubeRequestError
   */
  async look(signal: AbortSignal): Promise<SecretSnapshot | undefined> {
    const seen = await withTimeLimit(LOOK_TIMEOUT_MS, signal, (limit) => this.secrets.list(limit));
    this.looks.spend(seen.object ? dataBytes(seen.object) : 0, performance.now());
    this.take(seen);
    return seen.object;
  }

  /**
   * Takes a write of ours: what the watch tells meanwhile may be just that. Where it fails nobody knows what the hub holds, so it
   * has to be looked at.
   *
   * @param write gives what the hub holds afterwards; undefined: it wrote nothing
   * @returns whether it wrote
   */
  async whileWriting(write: () => Promise<SecretSnapshot | undefined>): Promise<boolean> {
    let object: SecretSnapshot | undefined;
    this.writing = true;
    try {
      object = await write();
      if (object) this.take({ object, resourceVersion: object.resourceVersion });
    } catch (error) {
      this.unseen ??= '';
      throw error;
    } finally {
      this.writing = false;
    }
    if (this.unseen !== undefined) this.onChange();
    return object !== undefined;
  }

  private take(seen: Seen): void {
    this.seen = seen;
    if (this.unseen !== undefined && !isOlderVersion(seen.resourceVersion, this.unseen))
      this.unseen = undefined;
  }

  private accept({ object, resourceVersion, origin }: Sighting<ObjectMetadata>): void {
    const { seen } = this;
    if (seen) {
      const same = object?.resourceVersion === seen.object?.resourceVersion;
      // An event may arrive after the answer to a later write. A list is what counts, also where the hub went back in time.
      const old = origin === 'event' && isOlderVersion(resourceVersion, seen.resourceVersion);
      if (same || old) return;
    }
    this.unseen = object?.resourceVersion ?? resourceVersion;
    if (!this.writing) this.onChange();
  }
}
