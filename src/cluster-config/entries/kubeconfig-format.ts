import { type AcceptedEntry, type EntryPolicy, refuseInvalid } from './entry.ts';
import { buildEndpoint } from './endpoint-builder.ts';
import type { EntryDocument } from './entry-document.ts';
import {
  fieldNames,
  type FieldRefusal,
  type FieldTable,
  isMapping,
  optionalText,
  quoteName,
  takeFields,
} from './entry-fields.ts';

const path = (inline: string): FieldRefusal => ({
  refuse: 'a path is refused',
  remedy: `Write the content itself into ${inline}.`,
});
const impersonation: FieldRefusal = {
  refuse: 'impersonation is refused',
  remedy: 'Use credentials of the account itself.',
};
const basicAuth: FieldRefusal = {
  refuse: 'basic authentication is refused',
  remedy: 'Use a token or a client certificate.',
};

/** Fields of `kubeconfig` v1 (k8s.io/client-go/tools/clientcmd/api/v1). */
const CLUSTER_FIELDS: FieldTable = {
  server: 'server',
  'tls-server-name': 'tlsServerName',
  'insecure-skip-tls-verify': 'insecureSkipTlsVerify',
  'certificate-authority-data': 'caData',
  'proxy-url': 'proxyUrl',
  'disable-compression': 'ignore',
  extensions: 'ignore',
  'certificate-authority': path('certificate-authority-data'),
};

const USER_FIELDS: FieldTable = {
  token: 'token',
  'client-certificate-data': 'certData',
  'client-key-data': 'keyData',
  extensions: 'ignore',
  exec: {
    refuse: 'programs are not started for an entry',
    remedy: 'Write a token or a client certificate.',
  },
  'auth-provider': {
    refuse: 'auth providers are refused',
    remedy: 'Write a token or a client certificate.',
  },
  tokenFile: path('token'),
  'token-file': path('token'),
  'client-certificate': path('client-certificate-data'),
  'client-key': path('client-key-data'),
  username: basicAuth,
  password: basicAuth,
  as: impersonation,
  'as-uid': impersonation,
  'as-groups': impersonation,
  'as-user-extra': impersonation,
};

const CONTEXT_FIELDS: FieldTable = {
  cluster: 'read',
  user: 'read',
  namespace: 'ignore',
  extensions: 'ignore',
};

const TOP_FIELDS: FieldTable = {
  apiVersion: 'ignore',
  kind: 'ignore',
  preferences: 'ignore',
  extensions: 'ignore',
  'current-context': 'read',
  clusters: 'read',
  users: 'read',
  contexts: 'read',
};

const NAMES = fieldNames(CLUSTER_FIELDS, USER_FIELDS);

/**
 * A kubeconfig with inline data. Only what the current context names is looked at; the rest has no effect.
 *
 * @throws EntryRefused
 */
export function readKubeconfig(config: EntryDocument, policy: EntryPolicy): AcceptedEntry {
  takeFields('The kubeconfig', config, TOP_FIELDS);
  const currentContext = optionalText('The kubeconfig', config, 'current-context');
  if (currentContext === undefined) refuseInvalid('The kubeconfig has no current-context.', 'Set it.');

  const context = named(config, 'contexts', 'context', currentContext, 'current-context');
  takeFields('The context', context, CONTEXT_FIELDS);
  const clusterName = optionalText('The context', context, 'cluster');
  if (clusterName === undefined) refuseInvalid('The current context names no cluster.', 'Set it.');
  const userName = optionalText('The context', context, 'user');
  if (userName === undefined) refuseInvalid('The current context names no user.', 'Set it.');

  const cluster = named(config, 'clusters', 'cluster', clusterName, "the current context's cluster");
  const user = named(config, 'users', 'user', userName, "the current context's user");
  const fields = {
    ...takeFields('The cluster', cluster, CLUSTER_FIELDS),
    ...takeFields('The user', user, USER_FIELDS),
  };
  return buildEndpoint(fields, NAMES, policy);
}

/** The mapping that a list of `{name, <kind>: {…}}` holds under a name. Two of the same name are refused. */
function named(config: EntryDocument, list: string, kind: string, name: string, what: string): EntryDocument {
  const items = config[list];
  if (!Array.isArray(items)) refuseInvalid(`The kubeconfig has no list of ${list}.`);
  const matches = items.filter((item): item is EntryDocument => isMapping(item) && item.name === name);
  if (matches.length !== 1) {
    refuseInvalid(
      `The kubeconfig names ${matches.length} ${list} for ${what}.`,
      'Keep exactly one of that name.',
    );
  }
  const mapping = matches[0]?.[kind];
  if (!isMapping(mapping)) refuseInvalid(`In the kubeconfig's ${list}, ${quoteName(kind)} is not a mapping.`);
  return mapping;
}
