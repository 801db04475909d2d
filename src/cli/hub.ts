import type { KubeConfig } from '@kubernetes/client-node';
import { parseSettings, type Settings } from '../base/config/settings.ts';
import { HubClient } from '../kube/hub/hub-client.ts';
import { HubCredentials } from '../kube/hub/hub-credentials.ts';
import { ObjectRefs } from '../kube/hub/object-refs.ts';
import { EXPORTER_LABEL, findExporter, type InstalledExporter } from './installed-exporter.ts';
import type { Invocation } from './invocation.ts';
import { loadKubeConfig } from './operator-kubeconfig.ts';
import type { Terminal } from './terminal.ts';

/** The hub as the operator reaches it, before it was asked anything. */
export interface HubAccess {
  readonly kubeConfig: KubeConfig;
  readonly credentials: HubCredentials;
  readonly client: HubClient;
  /** Where the exporter runs. Its Secrets and its Lease may be elsewhere: {@link Hub.refs}. */
  readonly namespace: string;
}

/** The same, with the settings of the exporter there. */
export interface Hub extends HubAccess {
  /** The settings as variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: Settings;
  readonly refs: ObjectRefs;
  /** Whether an exporter is installed in the namespace; undefined: we may not look. */
  readonly installed: InstalledExporter['installed'];
}

/** What of a call says which hub. */
interface Caller extends Pick<Invocation, 'options'> {
  readonly terminal: Pick<Terminal, 'environment' | 'note'>;
}

/**
 * Opens the hub for a task, and closes its connections after it.
 *
 * @throws HubNotConfiguredError, SettingsInvalidError, CommandFailedError
 */
export async function withHub<Result>(caller: Caller, task: (hub: Hub) => Promise<Result>): Promise<Result> {
  return await withHubAccess(caller, async (access) => {
    const hub = await openHub(caller, access);
    const doubt = settingsDoubt(hub);
    if (doubt) caller.terminal.note(`warning: ${doubt}`);
    return await task(hub);
  });
}

/**
 * Opens the hub for a task that asks for the settings itself, and closes its connections after it.
 *
 * @throws HubNotConfiguredError, CommandFailedError
 */
export async function withHubAccess<Result>(
  caller: Caller,
  task: (access: HubAccess) => Promise<Result>,
): Promise<Result> {
  const access = accessHub(caller);
  try {
    return await task(access);
  } finally {
    await access.client.close();
  }
}

/**
 * The way to the hub, before anybody is asked. The caller closes the client.
 *
 * @throws HubNotConfiguredError, CommandFailedError
 */
export function accessHub({ options, terminal: { environment } }: Caller): HubAccess {
  const kubeConfig = loadKubeConfig(options);
  const credentials = new HubCredentials(kubeConfig);
  // Who works in the pod of a CI system means the hub of its kubeconfig, and not the pod.
  const namespace = options.namespace ?? (environment.MCCE_NAMESPACE || credentials.contextNamespace);
  return { kubeConfig, credentials, client: new HubClient(credentials), namespace };
}

/**
 * Finds out the settings. They are those of the environment; what it leaves open is taken from the ConfigMap of the exporter that is
 * installed in the namespace.
 *
 * @throws SettingsInvalidError, CommandFailedError
 */
export async function openHub({ options, terminal }: Caller, access: HubAccess): Promise<Hub> {
  const { client, credentials, namespace } = access;
  const { installed, settings: found } = await findExporter(client, namespace);
  const environment = {
    MCCE_NAMESPACE: namespace,
    ...found,
    ...own(terminal.environment, options.namespace),
  };
  const settings = parseSettings(environment);
  return { ...access, environment, settings, installed, refs: new ObjectRefs(settings, credentials) };
}

/** Why the settings may not be those of an exporter; undefined where they are, or where the environment names a Secret itself. */
export function settingsDoubt({ installed, namespace, environment }: Hub): string | undefined {
  const usual = 'the settings of the environment and the defaults are used.';
  if (installed || environment.MCCE_REGISTRY_SECRET || environment.MCCE_AGGREGATE_SECRET) return undefined;
  return installed === false
    ? `No exporter is installed in the namespace ${namespace} (no ConfigMap has the label ${EXPORTER_LABEL}); ${usual}`
    : `The settings of the exporter cannot be read (configmaps in the namespace ${namespace}); ${usual}`;
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
