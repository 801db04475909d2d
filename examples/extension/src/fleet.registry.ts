import { Injectable } from '@nestjs/common';
import {
  buildEndpoint,
  type EntryPolicy,
  type EntryVerdict,
  fieldNames,
  type FieldTable,
  HubClient,
  ObjectClient,
  ObjectRefs,
  type ObjectWatcher,
  ObjectWatcherFactory,
  readEntryDocument,
  type RegistryEntry,
  type RegistrySnapshot,
  RegistrySource,
  SecretClient,
  type SecretSnapshot,
  takeFields,
  verdictOf,
  type WatchStatus,
} from 'multi-cluster-config-exporter';
import { CONFIG_MAP, type ConfigMap } from './config-map.js';
import { FleetSettings } from './fleet.settings.js';

/** What an entry may have: whatever else is in it is refused. */
const FIELDS: FieldTable = { server: 'server', token: 'token', ca: 'caData' };
const NAMES = fieldNames(FIELDS);

/** Clusters whose addresses are in a ConfigMap, and that are all read with the same token. */
@Injectable()
export class FleetRegistry extends RegistrySource {
  override readonly name = 'fleet';
  override readonly where: string;
  private readonly clusters: ObjectWatcher<ConfigMap>;
  private readonly reader: ObjectWatcher<SecretSnapshot>;
  private addresses: ConfigMap | undefined;
  private credentials: SecretSnapshot | undefined;
  private seen = { clusters: false, reader: false };

  constructor(hub: HubClient, refs: ObjectRefs, watchers: ObjectWatcherFactory, settings: FleetSettings) {
    super();
    const { namespace } = refs.registry;
    this.where = `ConfigMap ${namespace}/${settings.CLUSTERS}`;
    this.clusters = watchers.watcherOf(
      new ObjectClient(hub, CONFIG_MAP, { namespace, name: settings.CLUSTERS }),
    );
    this.reader = watchers.watcherOf(new SecretClient(hub, { namespace, name: settings.READER }));
  }

  override get watch(): Readonly<WatchStatus> {
    const statuses = [this.clusters.status, this.reader.status];
    return statuses.find(({ connected }) => !connected) ?? this.clusters.status;
  }

  override start(observer: (snapshot: RegistrySnapshot) => void): void {
    const tell = () => {
      // Before both were seen, clusters would be told without credentials.
      if (this.seen.clusters && this.seen.reader) observer({ entries: this.entries });
    };
    this.clusters.start(({ object }) => {
      this.addresses = object;
      this.seen.clusters = true;
      tell();
    });
    this.reader.start(({ object }) => {
      this.credentials = object;
      this.seen.reader = true;
      tell();
    });
  }

  override async stop(): Promise<void> {
    await Promise.all([this.clusters.stop(), this.reader.stop()]);
    this.seen = { clusters: false, reader: false };
  }

  override async refresh(): Promise<boolean> {
    const answers = await Promise.all([this.clusters.lookNow(), this.reader.lookNow()]);
    return answers.every(Boolean);
  }

  override judge({ content }: RegistryEntry, policy: EntryPolicy): EntryVerdict {
    return verdictOf(() =>
      buildEndpoint(takeFields('The entry', readEntryDocument(content), FIELDS), NAMES, policy),
    );
  }

  private get entries(): RegistryEntry[] | undefined {
    const { data } = this.credentials ?? {};
    const text = (key: string) => Buffer.from(data?.get(key) ?? '', 'base64').toString('utf8');
    const access = { token: text('token'), ca: text('ca.crt') };
    return (
      this.addresses &&
      [...this.addresses.data].map(([name, server]) => ({
        name,
        content: JSON.stringify({ server, ...access }),
      }))
    );
  }
}
