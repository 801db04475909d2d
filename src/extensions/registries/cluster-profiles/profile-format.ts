import {
  type AcceptedEntry,
  buildEndpoint,
  type EntryDocument,
  type EntryPolicy,
  fieldNames,
  type FieldTable,
  isMapping,
  MAX_ENTRY_BYTES,
  readEntryDocument,
  refuseInvalid,
  CredentialsProvider,
  takeFields,
} from '../../../index.ts';
import type { PluginCall } from './exec-plugin.ts';
import type { Provider } from './provider-file.ts';

/** `Cluster` of a kubeconfig (k8s.io/client-go/tools/clientcmd/api/v1). */
const CLUSTER_FIELDS: FieldTable = {
  server: 'server',
  'tls-server-name': 'tlsServerName',
  'insecure-skip-tls-verify': 'insecureSkipTlsVerify',
  'certificate-authority-data': 'caData',
  'proxy-url': 'proxyUrl',
  'disable-compression': 'ignore',
  extensions: 'read',
  'certificate-authority': {
    refuse: 'a path is refused',
    remedy: 'Have the cluster manager write the content itself into certificate-authority-data.',
  },
};

const NAMES = fieldNames(CLUSTER_FIELDS);

/** Reserved names of extensions (KEP-541, KEP-5339). */
const EXTENSIONS = {
  config: 'client.authentication.k8s.io/exec',
  args: 'clusterprofiles.multicluster.x-k8s.io/exec/additional-args',
  env: 'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs',
} as const;

/** What the extension of the operator's policy cannot replace. */
const OURS = 'KUBERNETES_EXEC_INFO';

/**
 * Reads `status.accessProviders` of a profile. What is run is what the operator's file says; a profile chooses among its providers, and adds
 * to their command lines only what a provider's policy allows.
 *
 * @param content JSON of `{accessProviders}`
 * @param credentialsOf gives the credentials that a call of the plugin yields
 * @throws EntryRefused
 */
export function readProfile(
  content: string,
  providers: readonly Provider[],
  policy: EntryPolicy,
  credentialsOf: (call: PluginCall) => CredentialsProvider,
): AcceptedEntry {
  if (Buffer.byteLength(content) > MAX_ENTRY_BYTES)
    refuseInvalid(`The access providers are longer than ${MAX_ENTRY_BYTES} bytes.`, 'Shorten them.');
  const { accessProviders } = readEntryDocument(content);
  const offered = Array.isArray(accessProviders) ? accessProviders.filter(isMapping) : [];
  if (offered.length === 0)
    refuseInvalid(
      'The ClusterProfile has no status.accessProviders.',
      'Wait until its cluster manager has written them, or see why it has not.',
    );
  const provider = providers.find(({ name }) => offered.some((each) => each.name === name));
  if (!provider)
    refuseInvalid(
      "The ClusterProfile offers none of the providers in the operator's file.",
      'Add one of its providers to the file of MCCE_X_CLUSTER_PROFILES_PROVIDER_FILE.',
    );
  const [first, ...more] = offered.filter(({ name }) => name === provider.name);
  if (more.length > 0) refuseInvalid(`The ClusterProfile offers the provider ${provider.name} twice.`);
  const cluster = first?.cluster;
  if (!isMapping(cluster)) refuseInvalid('The field "cluster" of the access provider must be a mapping.');
  const fields = takeFields('The cluster', cluster, CLUSTER_FIELDS);
  return buildEndpoint(fields, NAMES, policy, credentialsOf(callOf(provider, cluster)));
}

function callOf({ execConfig, ...provider }: Provider, cluster: EntryDocument): PluginCall {
  const { apiVersion, command } = execConfig;
  const { profileSourcedCLIArgsPolicy: argsPolicy, profileSourcedEnvVarsPolicy: envPolicy } = provider;
  const own = Object.fromEntries((execConfig.env ?? []).map(({ name, value }) => [name, value]));
  const addedArgs = argsPolicy === 'Append' ? listOf(extension(cluster, EXTENSIONS.args)) : [];
  const addedEnv = envPolicy === 'Ignore' ? {} : variablesOf(extension(cluster, EXTENSIONS.env));
  return {
    provider: provider.name,
    apiVersion,
    command,
    args: [...(execConfig.args ?? []), ...addedArgs],
    env: envPolicy === 'Replace' ? { ...own, ...addedEnv } : { ...addedEnv, ...own },
    info: {
      apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, ...(execConfig.provideClusterInfo && { cluster: infoOf(cluster) }) },
    },
  };
}

/** `Cluster` of client.authentication.k8s.io/v1: the same fields, and the configuration that is meant for the plugin. */
function infoOf({ extensions: _, ...cluster }: EntryDocument): object {
  const config = extension({ extensions: _ }, EXTENSIONS.config);
  return { ...cluster, ...(config !== undefined && { config }) };
}

function extension({ extensions }: EntryDocument, name: string): unknown {
  const list: unknown[] = Array.isArray(extensions) ? extensions : [];
  return list.filter(isMapping).find((each) => each.name === name)?.extension;
}

function listOf(value: unknown = []): string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string' && !each.includes('\0')))
    return value as string[];
  return refuseInvalid(`The extension "${EXTENSIONS.args}" must be a list of texts.`);
}

function variablesOf(value: unknown = {}): Record<string, string> {
  const pairs = isMapping(value) ? Object.entries(value) : undefined;
  const usable = pairs?.every(
    ([name, text]) =>
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) &&
      name !== OURS &&
      typeof text === 'string' &&
      !text.includes('\0'),
  );
  if (pairs && usable) return Object.fromEntries(pairs) as Record<string, string>;
  return refuseInvalid(`The extension "${EXTENSIONS.env}" must be a mapping of names of variables to texts.`);
}
