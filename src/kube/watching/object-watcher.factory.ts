import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { ObjectSnapshot } from '../objects/object-kind.ts';
import type { KubeClient } from '../http/kube-client.ts';
import { CollectionWatcher, type WatchedCollection } from './collection-watcher.ts';
import { ObjectWatcher } from './object-watcher.ts';
import type { Watchable } from './watchable.ts';

/** Makes watchers that log. */
@Injectable()
export class ObjectWatcherFactory {
  constructor(@InjectPinoLogger(ObjectWatcher.name) private readonly logger: PinoLogger) {}

  /** @returns a watcher that was not started; the caller starts and stops it */
  watcherOf<Snapshot extends ObjectSnapshot>(client: Watchable<Snapshot>): ObjectWatcher<Snapshot> {
    return new ObjectWatcher(client, this.logger.logger);
  }

  /**
   * @param kube the hub, or a cluster
   * @returns a watcher that was not started; the caller starts and stops it
   */
  collectionOf<Snapshot extends ObjectSnapshot>(
    kube: KubeClient,
    collection: WatchedCollection<Snapshot>,
  ): CollectionWatcher<Snapshot> {
    return new CollectionWatcher(kube, collection, this.logger.logger);
  }
}
