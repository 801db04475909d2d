import { Injectable } from '@nestjs/common';
import { HubClient } from '../../../kube/hub-client.ts';
import { isOlderVersion } from '../../../kube/resource-version.ts';
import { SecretClient } from '../../../kube/secret-client.ts';
import { ObjectRefs } from '../../../kube/object-refs.ts';
import type { SecretSnapshot } from '../../../kube/secret-snapshot.ts';
import type { ObjectWatcher, Sighting, WatchStatus } from '../../../kube/object-watcher.ts';
import { ObjectWatcherFactory } from '../../../kube/object-watcher.factory.ts';

/**
 * The aggregate as the hub holds it, as far as we know: from a watch, and from the answers to our own writes.
 */
@Injectable()
export class HeldAggregate {
  private readonly client: SecretClient;
  private readonly watcher: ObjectWatcher<SecretSnapshot>;
  private held: Omit<Sighting<SecretSnapshot>, 'origin'> | undefined;

  constructor(refs: ObjectRefs, hub: HubClient, watchers: ObjectWatcherFactory) {
    this.client = new SecretClient(hub, refs.aggregate);
    this.watcher = watchers.watcherOf(this.client);
  }

  /** Whether it was looked at. Before that, nothing may be published: what it holds is the last-known-good. */
  get known(): boolean {
    return this.held !== undefined;
  }

  /** Undefined: it does not exist, or is not {@link known}. */
  get secret(): SecretSnapshot | undefined {
    return this.held?.object;
  }

  /** How the watch of the aggregate stands. */
  get watch(): Readonly<WatchStatus> {
    return this.watcher.status;
  }

  /** @param onChange called whenever the hub turns out to hold something else; must not throw */
  start(onChange: () => void): void {
    this.watcher.start((sighting) => {
      if (this.accept(sighting)) onChange();
    });
  }

  /** Ends the watch and forgets what it saw: it may change now behind our back. Can be called at any time. */
  async stop(): Promise<void> {
    await this.watcher.stop();
    this.held = undefined;
  }

  /** Takes the answer to our own write. */
  written(secret: SecretSnapshot): void {
    this.take({ object: secret, resourceVersion: secret.resourceVersion });
  }

  /**
   * Looks again, after a write that was refused since the hub holds something else.
   *
   * @throws KubeRequestError
   */
  async refresh(signal: AbortSignal): Promise<void> {
    this.take(await this.client.list(signal));
  }

  private accept({ object, resourceVersion, origin }: Sighting<SecretSnapshot>): boolean {
    const before = this.held;
    // The watcher's own list is what counts, also where the hub went back in time: it was restored from a backup.
    if (origin === 'list') this.held = { object, resourceVersion };
    else this.take({ object, resourceVersion });
    return !before || before.object?.resourceVersion !== this.held?.object?.resourceVersion;
  }

  /** Takes what the hub held at a version, unless we know of a later one: answers and events may overtake each other. */
  private take(sighting: Omit<Sighting<SecretSnapshot>, 'origin'>): void {
    if (this.held && isOlderVersion(sighting.resourceVersion, this.held.resourceVersion)) return;
    this.held = sighting;
  }
}
