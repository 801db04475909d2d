import { refuseInvalid } from './entry.ts';
import type { EntryDocument } from './entry-document.ts';
import {
  checkFields,
  type EntryFields,
  type FieldRule,
  isMapping,
  optionalBoolean,
  optionalText,
  quoteName,
} from './entry-fields.ts';

const path = (inline: string): FieldRule => ({
  refuse: 'a path is refused',
  remedy: `Write the content itself into ${inline}.`,
});
const impersonation: FieldRule = {
  refuse: 'impersonation is refused',
  remedy: 'Use credentials of the account itself.',
};
const basicAuth: FieldRule = {
  refuse: 'basic authentication is refused',
  remedy: 'Use a token or a client certificate.',
};

/** Fields of `kubeconfig` v1 (k8s.io/client-go/tools/clientcmd/api/v1). */
const CLUSTER_RULES: Readonly<Record<string, FieldRule>> = {
  server: 'use',
  'tls-server-name': 'use',
  'insecure-skip-tls-verify': 'use',
  'certificate-authority-data': 'use',
  'proxy-url': 'use',
  'disable-compression': 'ignore',
  extensions: 'ignore',
  'certificate-authority': path('certificate-authority-data'),
};

const USER_RULES: Readonly<Record<string, FieldRule>> = {
  token: 'use',
  'client-certificate-data': 'use',
  'client-key-data': 'use',
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

const CONTEXT_RULES: Readonly<Record<string, FieldRule>> = {
  cluster: 'use',
  user: 'use',
  namespace: 'ignore',
  extensions: 'ignore',
};

const TOP_RULES: Readonly<Record<string, FieldRule>> = {
  apiVersion: 'ignore',
  kind: 'ignore',
  preferences: 'ignore',
  extensions: 'ignore',
  'current-context': 'use',
  clusters: 'use',
  users: 'use',
  contexts: 'use',
};

/**
 * A kubeconfig with inline data. Only what the current context names is looked at; the rest has no effect.
 *
 * @throws EntryRefused
 */
export function readKubeconfig(config: EntryDocument): EntryFields {
  checkFields('The kubeconfig', config, TOP_RULES);
  const currentContext = optionalText('The kubeconfig', config, 'current-context');
  if (currentContext === undefined) refuseInvalid('The kubeconfig has no current-context.', 'Set it.');

  const context = named(config, 'contexts', 'context', currentContext, 'current-context');
  checkFields('The context', context, CONTEXT_RULES);
  const clusterName = optionalText('The context', context, 'cluster');
  if (clusterName === undefined) refuseInvalid('The current context names no cluster.', 'Set it.');
  const cluster = named(config, 'clusters', 'cluster', clusterName, "the current context's cluster");
  checkFields('The cluster', cluster, CLUSTER_RULES);

  const userName = optionalText('The context', context, 'user');
  if (userName === undefined) refuseInvalid('The current context names no user.', 'Set it.');
  const user = named(config, 'users', 'user', userName, "the current context's user");
  checkFields('The user', user, USER_RULES);

  return {
    names: {
      server: 'server',
      tlsServerName: 'tls-server-name',
      insecure: 'insecure-skip-tls-verify',
      ca: 'certificate-authority-data',
      cert: 'client-certificate-data',
      key: 'client-key-data',
      token: 'token',
    },
    server: optionalText('The cluster', cluster, 'server'),
    tlsServerName: optionalText('The cluster', cluster, 'tls-server-name'),
    insecureSkipTlsVerify: optionalBoolean('The cluster', cluster, 'insecure-skip-tls-verify'),
    caData: optionalText('The cluster', cluster, 'certificate-authority-data'),
    certData: optionalText('The user', user, 'client-certificate-data'),
    keyData: optionalText('The user', user, 'client-key-data'),
    token: optionalText('The user', user, 'token'),
    proxyUrl: optionalText('The cluster', cluster, 'proxy-url'),
  };
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
