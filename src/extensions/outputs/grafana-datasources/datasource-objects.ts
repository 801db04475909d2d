import { fittingName, type ForExisting, type OutputKind, type WantedObject } from '../../../index.ts';

const DATASOURCE = { apiVersion: 'grafana.integreatly.org/v1beta1', kind: 'GrafanaDatasource' } as const;
const SECRET = { apiVersion: 'v1', kind: 'Secret' } as const;
/** A DNS subdomain (RFC 1123). */
const OBJECT_NAME = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  maxLength: 253,
};
/** What Grafana takes as a uid. */
const UID = { pattern: /^[-_a-zA-Z0-9]+$/, maxLength: 40 };
const LABEL_VALUE = { pattern: /^[a-zA-Z0-9]([-._a-zA-Z0-9]*[a-zA-Z0-9])?$/, maxLength: 63 };
/** Keys of the Secret, and the names by which the data source refers to them. */
const PASSWORD = 'password';

/** Of all data sources. @param withSecrets whether some of them have a password */
export function datasourceKinds(namespace: string, withSecrets: boolean): OutputKind[] {
  const namespaces = [namespace];
  return [
    { ...DATASOURCE, plural: 'grafanadatasources', namespaces },
    ...(withSecrets ? [{ ...SECRET, plural: 'secrets', namespaces }] : []),
  ];
}

/** What a data source is made of. */
export interface DatasourceOptions {
  readonly namespace: string;
  /** Labels of the Grafanas that get it. Immutable in the object. */
  readonly instances: Readonly<Record<string, string>>;
  readonly skipTlsVerify: boolean;
}

/** How Grafana signs in. */
export interface BasicAuth {
  readonly username: string;
  readonly password: string;
}

/**
 * The data source of a cluster, and the Secret with its password. Its uid is in `spec.datasource.uid`, which every release of the operator since 5.0
 * takes; `spec.uid` is unknown to the older ones, and cannot be added to an object.
 */
export function datasource(
  cluster: string,
  { url, auth }: { url: string; auth: BasicAuth | undefined },
  { namespace, instances, skipTlsVerify }: DatasourceOptions,
): WantedObject[] {
  const name = fittingName(cluster, cluster, OBJECT_NAME);
  const labels = { app: 'primus-lens', cluster: fittingName(cluster, cluster, LABEL_VALUE) };
  const secret = secretName(cluster);
  const spec = {
    allowCrossNamespaceImport: true,
    resyncPeriod: '10m0s',
    instanceSelector: { matchLabels: instances },
    datasource: {
      name: cluster,
      uid: fittingName(cluster, cluster, UID),
      type: 'prometheus',
      access: 'proxy',
      url,
      jsonData: { timeInterval: '5s', ...(skipTlsVerify && { tlsSkipVerify: true }) },
      ...(auth && {
        basicAuth: true,
        basicAuthUser: auth.username,
        secureJsonData: { basicAuthPassword: `\${${PASSWORD}}` },
      }),
    },
    ...(auth && {
      valuesFrom: [
        {
          targetPath: 'secureJsonData.basicAuthPassword',
          valueFrom: { secretKeyRef: { name: secret, key: PASSWORD } },
        },
      ],
    }),
  };
  const object: WantedObject = {
    ...DATASOURCE,
    namespace,
    name,
    labels,
    fields: { spec },
    existing: (found) => (isPredecessors(found, cluster) ? 'adopt' : 'refuse'),
    replaceable: true,
  };
  if (!auth) return [object];
  const data = { [PASSWORD]: Buffer.from(auth.password).toString('base64') };
  return [{ ...SECRET, namespace, name: secret, labels, fields: { type: 'Opaque', data } }, object];
}

/** What is there of a cluster, as it is. */
export function keptDatasource(cluster: string, namespace: string, withSecret: boolean): WantedObject[] {
  const name = fittingName(cluster, cluster, OBJECT_NAME);
  return [
    ...(withSecret ? [{ ...SECRET, namespace, name: secretName(cluster), wish: 'keep' as const }] : []),
    { ...DATASOURCE, namespace, name, wish: 'keep' },
  ];
}

/**
 * What the exporter of Primus-Lens left in December 2025: a data source with a password in it.
 *
 * @param judge called with what is there
 */
export function leftoverOf(
  cluster: string,
  namespace: string,
  judge: (name: string) => ForExisting,
): WantedObject {
  const name = fittingName(`postgresql-${cluster}`, cluster, OBJECT_NAME);
  return {
    ...DATASOURCE,
    namespace,
    name,
    wish: 'absent',
    existing: (found) => (isPredecessors(found, cluster) ? judge(name) : 'leave'),
  };
}

function secretName(cluster: string): string {
  return fittingName(`grafana-datasource-${cluster}`, cluster, OBJECT_NAME);
}

function isPredecessors(found: Readonly<Record<string, unknown>>, cluster: string): boolean {
  const { labels } = (found.metadata ?? {}) as { labels?: Record<string, string> };
  return labels?.app === 'primus-lens' && labels.cluster === cluster;
}
