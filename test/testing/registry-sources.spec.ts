import { describe, it } from 'vitest';
import { SecretRegistry } from '../../src/cluster-config/registries/secret-registry.ts';
import { ARGOCD_CLUSTERS } from '../../src/extensions/registries/argocd-clusters/argocd-clusters.extension.ts';
import { CLUSTER_API } from '../../src/extensions/registries/cluster-api/cluster-api.extension.ts';
import { CLUSTER_PROFILE } from '../../src/extensions/registries/cluster-profiles/cluster-profile.ts';
import { profileFormat } from '../../src/extensions/registries/cluster-profiles/cluster-profiles.extension.ts';
import { PluginBackedCredentials } from '../../src/extensions/registries/cluster-profiles/plugin-credentials.ts';
import type { Provider } from '../../src/extensions/registries/cluster-profiles/provider-file.ts';
import { ISTIO_REMOTE_SECRETS } from '../../src/extensions/registries/istio-remote-secrets/istio-remote-secrets.extension.ts';
import { LABELLED_SECRETS } from '../../src/extensions/registries/labelled-secrets/labelled-secrets.extension.ts';
import {
  type CollectionFormat,
  collectionPath,
  CollectionRegistry,
  type ObjectKind,
  type ObjectSnapshot,
  SECRET,
  type SecretsFormat,
} from '../../src/index.ts';
import type { ObjectRefs } from '../../src/kube/hub/object-refs.ts';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import type { KubeObject } from '../support/api-client.ts';
import { type EntryAccess, kubeconfigEntry, primusLensEntry } from '../support/entries.ts';
import {
  aClusterApiKubeconfig,
  aLabelledSecret,
  anArgocdCluster,
  anIstioRemoteSecret,
} from '../support/registry-objects.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { registrySourceContract, type RegistryRig } from './registry-source.contract-cases.ts';
import { hubClientOf, silentWatchers } from './sandbox-hub.ts';

async function startSecretRegistry(): Promise<RegistryRig> {
  const hub = await SandboxApiServer.start('hub');
  const client = hubClientOf(hub);
  const registry = { namespace: 'default', name: 'multi-k8s-config' };
  const source = new SecretRegistry({ registry } as ObjectRefs, client, silentWatchers());
  const editor = new SecretEditor(hub.admin, registry.name);
  const entries = new Map<string, string>();
  await editor.create({});
  return {
    source,
    hold: async (clusters) => {
      const changes: Record<string, string | null> = {};
      for (const name of entries.keys()) if (!clusters.includes(name)) changes[name] = null;
      for (const name of clusters)
        if (!entries.has(name))
          changes[name] = primusLensEntry({ server: hub.url, ca: hub.authority.cert, token: name });
      for (const [name, entry] of Object.entries(changes))
        if (entry === null) entries.delete(name);
        else entries.set(name, entry);
      await editor.edit(changes);
    },
    stop: async () => {
      await client.close();
      await hub.stop();
    },
  };
}

/** A registry of objects on the hub, one for each cluster. @param objectOf with the same content for the same cluster */
function collectionRig<Snapshot extends ObjectSnapshot>(
  format: CollectionFormat<Snapshot>,
  {
    kind,
    namespace,
    labelSelector,
  }: { kind: ObjectKind<Snapshot>; namespace: string; labelSelector?: string },
  objectOf: (cluster: string, access: EntryAccess) => KubeObject,
): () => Promise<RegistryRig> {
  return async () => {
    const hub = await SandboxApiServer.start('hub', { resources: [kind] });
    const client = hubClientOf(hub);
    const collection = {
      kind,
      namespaces: [namespace],
      ...(labelSelector !== undefined && { labelSelector }),
    };
    const path = collectionPath(kind.apiVersion, kind.plural, namespace);
    const paths = new Map<string, string>();
    return {
      source: new CollectionRegistry(format, collection, client, silentWatchers()),
      hold: async (clusters) => {
        for (const [name, object] of paths) {
          if (clusters.includes(name)) continue;
          await hub.admin.must('DELETE', object);
          paths.delete(name);
        }
        for (const name of clusters) {
          if (paths.has(name)) continue;
          const object = objectOf(name, { server: hub.url, ca: hub.authority.cert, token: name });
          await hub.admin.must('POST', path, { body: object });
          paths.set(name, `${path}/${object.metadata?.name}`);
        }
      },
      stop: async () => {
        await client.close();
        await hub.stop();
      },
    };
  };
}

function secretsRig(
  format: SecretsFormat,
  objectOf: (cluster: string, access: EntryAccess) => KubeObject,
): () => Promise<RegistryRig> {
  const labelSelector = format.labelSelector('multi-k8s-config');
  const namespace = format.defaultNamespace ?? 'default';
  return collectionRig(format, { kind: SECRET, namespace, labelSelector }, objectOf);
}

function aProfile(name: string, { server, ca }: EntryAccess): KubeObject {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return {
    apiVersion: CLUSTER_PROFILE.apiVersion,
    kind: CLUSTER_PROFILE.kind,
    metadata: { name },
    status: { accessProviders: [{ name: 'cloud', cluster }] },
  };
}

/** The program is never run. */
const CLOUD: Provider = {
  name: 'cloud',
  execConfig: { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/program' },
  profileSourcedCLIArgsPolicy: 'Ignore',
  profileSourcedEnvVarsPolicy: 'Ignore',
};
const CREDENTIALS = new PluginBackedCredentials(() => Promise.reject(new Error('it was run')));

const REGISTRIES: readonly (readonly [string, () => Promise<RegistryRig>])[] = [
  ['that is a Secret', startSecretRegistry],
  [
    'labelled-secrets',
    secretsRig(LABELLED_SECRETS, (name, access) =>
      aLabelledSecret(name, { [name]: primusLensEntry(access) }),
    ),
  ],
  ['argocd-clusters', secretsRig(ARGOCD_CLUSTERS, anArgocdCluster)],
  ['cluster-api', secretsRig(CLUSTER_API, aClusterApiKubeconfig)],
  [
    'istio-remote-secrets',
    secretsRig(ISTIO_REMOTE_SECRETS, (name, access) => anIstioRemoteSecret(name, kubeconfigEntry(access))),
  ],
  [
    'cluster-profiles',
    collectionRig(
      profileFormat([CLOUD], { credentialsOf: () => CREDENTIALS }),
      { kind: CLUSTER_PROFILE, namespace: 'default' },
      aProfile,
    ),
  ],
];

describe.each(REGISTRIES)('the registry %s', (_name, start) => {
  for (const { name, run } of registrySourceContract(start)) it(name, run);
});
