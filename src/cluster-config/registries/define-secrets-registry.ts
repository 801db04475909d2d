import { z } from 'zod';
import { namespaceNames } from '../../base/config/setting-types.ts';
import { defineExtension, EXTENSION_API_VERSION, type Extension } from '../../base/extending/extension.ts';
import { HubClient } from '../../kube/hub/hub-client.ts';
import { ObjectRefs } from '../../kube/hub/object-refs.ts';
import type { CollectionItem } from '../../kube/objects/collection-client.ts';
import { SECRET, type SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import { ObjectWatcherFactory } from '../../kube/watching/object-watcher.factory.ts';
import { type CollectionFormat, CollectionRegistry } from './collection-registry.ts';

/** Secrets that name clusters. */
export interface SecretsFormat extends CollectionFormat<SecretSnapshot> {
  /** Which Secrets: `argocd.argoproj.io/secret-type=cluster`. It may depend on the name of the registry Secret. */
  labelSelector(registry: string): string;
  /** Where they are, if no setting says otherwise. Undefined: in the exporter's namespace. */
  readonly defaultNamespace?: string;
}

/**
 * Defines the extension of a registry whose objects are Secrets on the hub, selected by label. Its setting `NAMESPACES` says where they
 * are. It needs `list` and `watch` on all Secrets of these namespaces, since RBAC knows no labels.
 */
export function defineSecretsRegistry(format: SecretsFormat): Extension {
  const { name, defaultNamespace } = format;
  class SecretsRegistryModule {}
  return defineExtension({
    name,
    apiVersion: EXTENSION_API_VERSION,
    settings: z.object({
      NAMESPACES: namespaceNames.optional().meta({
        fallback: defaultNamespace === undefined ? 'value of `MCCE_NAMESPACE`' : `\`${defaultNamespace}\``,
        description: 'Namespaces on the hub that hold the Secrets, with commas between them.',
      }),
    }),
    module: ({ NAMESPACES }) => ({
      module: SecretsRegistryModule,
      providers: [
        {
          provide: CollectionRegistry,
          inject: [HubClient, ObjectWatcherFactory, ObjectRefs],
          useFactory: (hub: HubClient, watchers: ObjectWatcherFactory, { registry }: ObjectRefs) => {
            const namespaces = NAMESPACES ?? [defaultNamespace ?? registry.namespace];
            const labelSelector = format.labelSelector(registry.name);
            return new CollectionRegistry(format, { kind: SECRET, namespaces, labelSelector }, hub, watchers);
          },
        },
      ],
    }),
  });
}

/** The Secret of an entry, for people. */
export function secretOrigin({
  namespace,
  name,
}: Pick<CollectionItem<unknown>, 'namespace' | 'name'>): string {
  return `Secret ${namespace}/${name}`;
}
