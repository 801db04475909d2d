import { z } from 'zod';
import { defineExtension, EXTENSION_API_VERSION, ObjectRefs, Output, settingTypes } from '../../../index.ts';
import { DatasourceProblems } from './datasource-problems.ts';
import { DatasourcesOutput } from './datasources.output.ts';
import { UrlTemplate } from './url-template.ts';

const URL_OF_PRIMUS_LENS =
  'http://{prometheus.read_service}.{prometheus.namespace}.svc.cluster.local:{prometheus.read_port}/select/0/prometheus';
const LABEL = /^[-._/a-zA-Z0-9]+=[-._a-zA-Z0-9]*$/;

class GrafanaDatasourcesModule {}

/** A data source in Grafana for each cluster, through the Grafana operator. */
export default defineExtension({
  name: 'grafana-datasources',
  apiVersion: EXTENSION_API_VERSION,
  settings: z.object({
    URL: z
      .string()
      .transform((text, context) => {
        const template = UrlTemplate.parse(text);
        if (template) return template;
        context.addIssue({
          code: 'custom',
          message: 'must be an http or https address, with {cluster} or {key.field} in it',
        });
        return z.NEVER;
      })
      .prefault(URL_OF_PRIMUS_LENS)
      .meta({
        fallback: 'that of the Prometheus of Primus-Lens',
        description:
          'Address of the Prometheus of a cluster. `{cluster}` stands for its name, `{key.field}` for a field of the JSON in a key of its content.',
      }),
    INSTANCES: settingTypes
      .list(LABEL, 'must be labels such as system=primus-lens, with commas between')
      .prefault('system=primus-lens')
      .meta({ description: 'Labels of the Grafanas that get the data sources.' }),
    BASIC_AUTH: settingTypes.boolean.prefault('false').meta({
      description: 'Whether Grafana signs in with `username` and `password` of the key `prometheus`.',
    }),
    TLS_SKIP_VERIFY: settingTypes.boolean.prefault('false').meta({
      description: 'Whether Grafana accepts any certificate of a Prometheus.',
    }),
    REMOVE_LEFTOVERS: settingTypes.boolean.prefault('false').meta({
      description:
        'Whether the data sources `postgresql-<cluster>` of the exporter of Primus-Lens, which hold passwords, are deleted.',
    }),
  }),
  module: ({ URL, INSTANCES, BASIC_AUTH, TLS_SKIP_VERIFY, REMOVE_LEFTOVERS }) => ({
    module: GrafanaDatasourcesModule,
    providers: [
      DatasourceProblems,
      {
        provide: Output,
        inject: [ObjectRefs, DatasourceProblems],
        useFactory: ({ aggregate: { namespace } }: ObjectRefs, problems: DatasourceProblems) =>
          new DatasourcesOutput(
            {
              namespace,
              url: URL,
              instances: Object.fromEntries(INSTANCES.map((label) => label.split('=', 2))),
              basicAuth: BASIC_AUTH,
              skipTlsVerify: TLS_SKIP_VERIFY,
              removeLeftovers: REMOVE_LEFTOVERS,
            },
            problems,
          ),
      },
    ],
  }),
});
