import { Module } from '@nestjs/common';
import { HubClient } from './hub-client.ts';
import { HubCredentials } from './hub-credentials.ts';
import { SecretRefs } from './secret-refs.ts';
import { SecretWatcherFactory } from './secret-watcher.factory.ts';

/**
 * Talking to API servers. From the wire upwards:
 *
 * - `kube-client.ts` sends requests to one API server over its own kept connections; the hub's is `HubClient`, that of a
 *   cluster comes from `createClusterClient`.
 * - `secret-client.ts` is one named Secret: get, list, watch, apply.
 * - `secret-watcher.ts` keeps an eye on one Secret for ever.
 * - `failure-classifier.ts` says why something failed, in the words of `reason.ts`.
 */
@Module({
  providers: [
    { provide: HubCredentials, useFactory: () => new HubCredentials() },
    {
      provide: HubClient,
      inject: [HubCredentials],
      useFactory: (credentials: HubCredentials) => new HubClient(credentials),
    },
    SecretRefs,
    SecretWatcherFactory,
  ],
  exports: [HubClient, SecretRefs, SecretWatcherFactory],
})
export class KubeModule {}
