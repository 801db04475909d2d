import { createHash } from 'node:crypto';

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

/** Digits of the hash in a mapped name. */
const HASH_LENGTH = 10;
const MAPPED = new RegExp(`-[0-9a-f]{${HASH_LENGTH}}$`);
const LABEL_LENGTH = 63;

/**
 * Name of the Service of a component: `primus-lens-postgres-east`. A cluster whose name cannot be part of a DNS label gets the closest one with
 * a hash behind it. No name that is used as it is ends like that, so that two clusters never share a Service.
 */
export function serviceName({ name }: Pick<Component, 'name'>, cluster: string): string {
  const plain = `primus-lens-${name}-${cluster}`;
  if (
    plain.length <= LABEL_LENGTH &&
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(cluster) &&
    !MAPPED.test(cluster)
  )
    return plain;
  const hash = createHash('sha256').update(cluster).digest('hex').slice(0, HASH_LENGTH);
  const close = plain.toLowerCase().replaceAll(/[^-a-z0-9]/g, '-');
  return `${close.slice(0, LABEL_LENGTH - HASH_LENGTH - 1).replace(/-+$/, '')}-${hash}`;
}

/** Value of the label `cluster`: its name, as far as that can be one. */
export function clusterLabel(cluster: string): string {
  const fits = cluster.length <= LABEL_LENGTH && /^[a-zA-Z0-9]([-._a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(cluster);
  return fits ? cluster : serviceName({ name: 'x' }, cluster).replace(/^primus-lens-x-+/, '');
}
