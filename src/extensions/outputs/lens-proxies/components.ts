import { fittingName } from '../../../index.ts';

/** A part of a cluster's storage that gets a proxy on the hub, with the fields of the source that are about it. */
export interface Component {
  readonly name: string;
  /** Of the source. */
  readonly key: string;
  /** Fields in the JSON of that key. */
  readonly nodePort: string;
  readonly service: string;
  readonly port: string;
  /** Of the Service on the hub. */
  readonly servicePort: number;
}

/** As the exporter of Primus-Lens has them. */
export const COMPONENTS: readonly Component[] = [
  {
    name: 'opensearch',
    key: 'opensearch',
    nodePort: 'node_port',
    service: 'service',
    port: 'port',
    servicePort: 9200,
  },
  {
    name: 'prometheus-write',
    key: 'prometheus',
    nodePort: 'write_node_port',
    service: 'write_service',
    port: 'write_port',
    servicePort: 9090,
  },
  {
    name: 'prometheus-read',
    key: 'prometheus',
    nodePort: 'read_node_port',
    service: 'read_service',
    port: 'read_port',
    servicePort: 9090,
  },
  {
    name: 'postgres',
    key: 'postgres',
    nodePort: 'node_port',
    service: 'service',
    port: 'port',
    servicePort: 5432,
  },
];

/** The keys of a source that are published; what others hold is not about what the hub reaches. */
export const KEYS: readonly string[] = [...new Set(COMPONENTS.map(({ key }) => key))];

/** A DNS label (RFC 1123). */
const SERVICE_NAME = { pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, maxLength: 63 };
const LABEL_VALUE = { pattern: /^[a-zA-Z0-9]([-._a-zA-Z0-9]*[a-zA-Z0-9])?$/, maxLength: 63 };

/** Name of the Service of a component: `primus-lens-postgres-east`; the closest one where that is no DNS label. */
export function serviceName({ name }: Pick<Component, 'name'>, cluster: string): string {
  return fittingName(`primus-lens-${name}-${cluster}`, cluster, SERVICE_NAME);
}

/** Value of the label `cluster`: its name, as far as that can be one. */
export function clusterLabel(cluster: string): string {
  return fittingName(cluster, cluster, LABEL_VALUE);
}
