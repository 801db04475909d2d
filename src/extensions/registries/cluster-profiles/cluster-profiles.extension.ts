import { z } from 'zod';
import {
  type CollectionFormat,
  CollectionRegistry,
  defineExtension,
  EXTENSION_API_VERSION,
  HubClient,
  settingTypes,
  ObjectRefs,
  ObjectWatcherFactory,
  verdictOf,
} from '../../../index.ts';
import { CLUSTER_PROFILE, type ClusterProfile } from './cluster-profile.ts';
import { CredentialPlugins } from './credential-plugins.ts';
import { readProfile } from './profile-format.ts';
import { type Provider, providerFile } from './provider-file.ts';

const NAME = 'cluster-profiles';

class ClusterProfilesModule {}

/** ClusterProfiles of the Cluster Inventory API, with credentials from plugins that the operator's file names. */
export default defineExtension({
  name: NAME,
  apiVersion: EXTENSION_API_VERSION,
  settings: z.object({
    NAMESPACES: settingTypes.namespaceNames.optional().meta({
      fallback: 'value of `MCCE_NAMESPACE`',
      description: 'Namespaces on the hub that hold the ClusterProfiles, with commas between them.',
    }),
    PROVIDER_FILE: providerFile.meta({
      fallback: 'none; must be set',
      description:
        'File that says which program gives the credentials of which access provider. Read at start.',
    }),
  }),
  module: ({ NAMESPACES, PROVIDER_FILE }) => ({
    module: ClusterProfilesModule,
    providers: [
      CredentialPlugins,
      {
        provide: CollectionRegistry,
        inject: [HubClient, ObjectWatcherFactory, ObjectRefs, CredentialPlugins],
        useFactory: (
          hub: HubClient,
          watchers: ObjectWatcherFactory,
          { registry }: ObjectRefs,
          plugins: CredentialPlugins,
        ) => {
          const collection = { kind: CLUSTER_PROFILE, namespaces: NAMESPACES ?? [registry.namespace] };
          return new CollectionRegistry(profileFormat(PROVIDER_FILE, plugins), collection, hub, watchers);
        },
      },
    ],
  }),
});

/** How profiles name clusters. */
export function profileFormat(
  providers: readonly Provider[],
  plugins: Pick<CredentialPlugins, 'credentialsOf'>,
): CollectionFormat<ClusterProfile> {
  return {
    name: NAME,
    entriesOf: ({ namespace, name, object: { accessProviders } }) => [
      { name, content: JSON.stringify({ accessProviders }), origin: `ClusterProfile ${namespace}/${name}` },
    ],
    judge: ({ origin = '', content }, policy) =>
      verdictOf(() => readProfile(content, providers, policy, (call) => plugins.credentialsOf(origin, call))),
  };
}
