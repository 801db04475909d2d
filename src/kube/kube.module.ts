import { type DynamicModule, Global, Module } from '@nestjs/common';
import { HubClient } from './hub/hub-client.ts';
import { HubCredentials } from './hub/hub-credentials.ts';
import { ObjectRefs } from './hub/object-refs.ts';
import { ObjectWatcherFactory } from './watching/object-watcher.factory.ts';

/**
 * Talking to API servers. From the wire upwards:
 *
 * - `kube-client.ts` sends requests to one API server over its own kept connections (`connections.ts`); the hub's is
 *   `HubClient`, that of a cluster comes from `createClusterClient`.
 * - `object-client.ts` is one named object: get, list, watch, and what `secret-client.ts` and `lease-client.ts` write with.
 * - `object-watcher.ts` keeps an eye on one object for ever.
 * - `failure-classifier.ts` says why something failed, in the words of `reason.ts`.
 */
@Global()
@Module({})
export class KubeModule {
  /** @param hub loaded before the application is created, so that a hub that is not configured starts nothing */
  static register(hub: HubCredentials): DynamicModule {
    return {
      module: KubeModule,
      providers: [
        { provide: HubCredentials, useValue: hub },
        { provide: HubClient, useFactory: () => new HubClient(hub) },
        ObjectRefs,
        ObjectWatcherFactory,
      ],
      exports: [HubCredentials, HubClient, ObjectRefs, ObjectWatcherFactory],
    };
  }
}
