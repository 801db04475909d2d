import type { KubeConfig } from '@kubernetes/client-node';
import { parseSettings, type Settings } from '../config/settings.ts';
import { HubClient } from '../kube/hub-client.ts';
import { HubCredentials } from '../kube/hub-credentials.ts';
import { ObjectRefs } from '../kube/object-refs.ts';
import { installedSettings } from './installed-settings.ts';
import type { Invocation } from './invocation.ts';
import { loadKubeConfig } from './operator-kubeconfig.ts';

/** The hub as the operator reaches it, with the settings of the exporter there. */
export interface Hub {
  readonly kubeConfig: KubeConfig;
  readonly credentials: HubCredentials;
  readonly client: HubClient;
  readonly settings: Settings;
  readonly refs: ObjectRefs;
}

/**
 * Opens the hub for a task, and closes its connections after it. The settings are those of the environment; what it leaves open is
 * taken from the ConfigMap of the chart, if it is installed in the namespace and may be read.
 *
 * @throws HubNotConfiguredError, SettingsInvalidError, CommandFailedError
 */
export async function withHub<Result>(
  { options, terminal: { environment } }: Pick<Invocation, 'options' | 'terminal'>,
  task: (hub: Hub) => Promise<Result>,
): Promise<Result> {
  const kubeConfig = loadKubeConfig(options);
  const credentials = new HubCredentials(kubeConfig);
  const client = new HubClient(credentials);
  try {
    const settings = await hubSettings(client, options.namespace, credentials, environment);
    const refs = new ObjectRefs(settings, credentials);
    return await task({ kubeConfig, credentials, client, settings, refs });
  } finally {
    await client.close();
  }
}

/**
 * The settings of the exporter on a hub; see {@link withHub}.
 *
 * @param given namespace of the exporter, where the operator names it
 * @throws SettingsInvalidError, CommandFailedError
 */
export async function hubSettings(
  client: HubClient,
  given: string | undefined,
  credentials: HubCredentials,
  environment: NodeJS.ProcessEnv,
): Promise<Settings> {
  const namespace = exporterNamespace(given, credentials, environment);
  const installed = await installedSettings(client, namespace);
  return parseSettings({ MCCE_NAMESPACE: namespace, ...installed, ...own(environment, given) });
}

/** Where the exporter is on the hub. Its Secrets may be elsewhere. */
export function exporterNamespace(
  given: string | undefined,
  credentials: HubCredentials,
  environment: NodeJS.ProcessEnv,
): string {
  return given ?? (environment.MCCE_NAMESPACE || credentials.namespace);
}

/** Settings of the environment. A namespace that was given as an option says where the exporter is; where its Secrets are, it says itself. */
function own(environment: NodeJS.ProcessEnv, namespace: string | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[0].startsWith('MCCE_') &&
        Boolean(entry[1]) &&
        !(entry[0] === 'MCCE_NAMESPACE' && namespace !== undefined),
    ),
  );
}
