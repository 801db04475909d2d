import { Injectable } from '@nestjs/common';
import { HubClient } from '../../kube/hub/hub-client.ts';
import { ObjectRefs } from '../../kube/hub/object-refs.ts';
import { SecretClient } from '../../kube/objects/secret-client.ts';
import { dataBytes, SECRET_LIMIT_BYTES } from '../../kube/objects/secret-limit.ts';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { ObjectWatcherFactory } from '../../kube/watching/object-watcher.factory.ts';
import type { ObjectWatcher, WatchStatus } from '../../kube/watching/object-watcher.ts';
import type { EntryPolicy, EntryVerdict } from '../entries/entry.ts';
import { checkEntry } from '../entries/entry-checker.ts';
import {
  CONFIRM_REMOVAL_ANNOTATION,
  type RegistryEntry,
  type RegistrySnapshot,
  RegistrySource,
} from './registry-source.ts';

/** The name of {@link SecretRegistry}. */
export const SECRET_REGISTRY = 'secret';

/** The registry that is always there: one Secret on the hub, one entry a key. */
@Injectable()
export class SecretRegistry extends RegistrySource {
  override readonly name = SECRET_REGISTRY;
  override readonly where: string;
  private readonly watcher: ObjectWatcher<SecretSnapshot>;

  constructor({ registry }: ObjectRefs, hub: HubClient, watchers: ObjectWatcherFactory) {
    super();
    this.where = `Secret ${registry.namespace}/${registry.name}`;
    this.watcher = watchers.watcherOf(new SecretClient(hub, registry));
  }

  override get watch(): Readonly<WatchStatus> {
    return this.watcher.status;
  }

  override start(observer: (snapshot: RegistrySnapshot) => void): void {
    this.watcher.start(({ object }) => observer(snapshotOf(object)));
  }

  override async stop(): Promise<void> {
    await this.watcher.stop();
  }

  override async refresh(): Promise<boolean> {
    return await this.watcher.lookNow();
  }

  override judge({ content }: RegistryEntry, policy: EntryPolicy): EntryVerdict {
    return checkEntry(Buffer.from(content, 'base64'), policy);
  }
}

function snapshotOf(secret: SecretSnapshot | undefined): RegistrySnapshot {
  return {
    // Only what differs is decoded: the content of an entry is the text as it is served.
    entries: secret && [...secret.data].map(([name, content]) => ({ name, content })),
    size: secret && { bytes: dataBytes(secret), limitBytes: SECRET_LIMIT_BYTES },
    confirmation: secret?.annotations.get(CONFIRM_REMOVAL_ANNOTATION),
  };
}
