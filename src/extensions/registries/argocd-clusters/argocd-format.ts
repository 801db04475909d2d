import {
  type AcceptedEntry,
  buildEndpoint,
  type EntryPolicy,
  fieldNames,
  type FieldRefusal,
  type FieldTable,
  isAbsent,
  isMapping,
  MAX_ENTRY_BYTES,
  readEntryDocument,
  refuseInvalid,
  takeFields,
} from '../../../index.ts';

/** What a Secret of Argo CD says of its cluster. */
export interface ArgocdCluster {
  readonly server: string;
  /** JSON. */
  readonly config: string;
}

const OWN_TOKEN =
  'Create a ServiceAccount in the cluster (docs/manifests/cluster-rbac.yaml), and write its token into "bearerToken"; or add the cluster with mcce cluster add, and leave it to Argo CD here.';

const basicAuth: FieldRefusal = { refuse: 'basic authentication is refused', remedy: OWN_TOKEN };

const SECRET_FIELDS: FieldTable = { server: 'server' };

const CONFIG_FIELDS: FieldTable = {
  bearerToken: 'token',
  proxyUrl: 'proxyUrl',
  tlsClientConfig: 'read',
  disableCompression: 'ignore',
  username: basicAuth,
  password: basicAuth,
  awsAuthConfig: { refuse: 'a login to AWS is refused, since it is a program', remedy: OWN_TOKEN },
  execProviderConfig: { refuse: 'programs are not started for an entry', remedy: OWN_TOKEN },
};

const TLS_FIELDS: FieldTable = {
  insecure: 'insecureSkipTlsVerify',
  serverName: 'tlsServerName',
  caData: 'caData',
  certData: 'certData',
  keyData: 'keyData',
};

const NAMES = fieldNames(SECRET_FIELDS, CONFIG_FIELDS, TLS_FIELDS);

/** How Argo CD names the cluster in which it runs, for which it needs no credentials. */
const IN_CLUSTER = /^https:\/\/kubernetes\.default(\.svc(\.cluster\.local)?)?(:443)?$/;

/**
 * The `config` of a cluster Secret (Argo CD, "Declarative Setup", Clusters; `ClusterConfig` in pkg/apis/application/v1alpha1).
 *
 * @throws EntryRefused
 */
export function readArgocdCluster(
  { server: written, config }: ArgocdCluster,
  policy: EntryPolicy,
): AcceptedEntry {
  if (Buffer.byteLength(config) > MAX_ENTRY_BYTES)
    refuseInvalid(`The key "config" is longer than ${MAX_ENTRY_BYTES} bytes.`, 'Shorten it.');
  // Argo CD cuts it, too.
  const server = written.trim().replace(/\/$/, '');
  const document = config.trim() === '' ? {} : readEntryDocument(config);
  const tls = document.tlsClientConfig ?? {};
  if (!isMapping(tls)) refuseInvalid('The field "tlsClientConfig" must be a mapping.');
  const fields = {
    ...takeFields('The Secret', { server }, SECRET_FIELDS),
    ...takeFields('The config', document, CONFIG_FIELDS),
    ...takeFields('The tlsClientConfig', tls, TLS_FIELDS),
  };
  if (IN_CLUSTER.test(server) && isAbsent(fields.token) && isAbsent(fields.certData))
    refuseInvalid(
      'The Secret describes the cluster that Argo CD runs in, without credentials.',
      'Give the hub an entry of its own with mcce cluster add, and take the label argocd.argoproj.io/secret-type off this Secret, or annotate it with argocd.argoproj.io/skip-reconcile=true.',
    );
  return buildEndpoint(fields, NAMES, policy);
}
