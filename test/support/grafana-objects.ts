import type { Resource } from '../sandbox/resource-store.ts';
import type { KubeObject } from './api-client.ts';

/** The kind of the Grafana operator. */
export const DATASOURCE: Resource = {
  apiVersion: 'grafana.integreatly.org/v1beta1',
  kind: 'GrafanaDatasource',
  plural: 'grafanadatasources',
};

export const DATASOURCES = '/apis/grafana.integreatly.org/v1beta1/namespaces/default/grafanadatasources';

const text = { type: 'string' };
const object = (properties: object) => ({ type: 'object', properties });

/**
 * GrafanaDatasources for an API server, with the fields of the operator that matter here.
 *
 * @param uidInSpec whether it is one of the releases since 5.20, which have `spec.uid`
 */
export function grafanaDatasourceCrd(uidInSpec: boolean): KubeObject {
  const spec = object({
    ...(uidInSpec && { uid: text }),
    allowCrossNamespaceImport: { type: 'boolean' },
    resyncPeriod: text,
    instanceSelector: object({ matchLabels: { type: 'object', additionalProperties: text } }),
    datasource: object({
      name: text,
      uid: text,
      type: text,
      access: text,
      url: text,
      basicAuth: { type: 'boolean' },
      basicAuthUser: text,
      jsonData: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      secureJsonData: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    }),
    valuesFrom: {
      type: 'array',
      items: object({
        targetPath: text,
        valueFrom: object({ secretKeyRef: object({ name: text, key: text }) }),
      }),
    },
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'grafanadatasources.grafana.integreatly.org' },
    spec: {
      group: 'grafana.integreatly.org',
      scope: 'Namespaced',
      names: { kind: DATASOURCE.kind, plural: DATASOURCE.plural, singular: 'grafanadatasource' },
      versions: [
        {
          name: 'v1beta1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: object({ spec }) },
        },
      ],
    },
  };
}

/** A data source as the exporter of Primus-Lens made it. */
export function predecessorDatasource(name: string, cluster: string, datasource: object): KubeObject {
  return {
    apiVersion: DATASOURCE.apiVersion,
    kind: DATASOURCE.kind,
    metadata: { name, labels: { app: 'primus-lens', cluster } },
    spec: {
      instanceSelector: { matchLabels: { system: 'primus-lens' } },
      datasource: { access: 'proxy', ...datasource },
    },
  };
}
