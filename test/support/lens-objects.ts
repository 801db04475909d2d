import type { Resource } from '../sandbox/resource-store.ts';
import type { KubeObject } from './api-client.ts';

/** The kinds that proxies are about. */
export const LENS_RESOURCES: readonly Resource[] = [
  { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', plural: 'endpointslices' },
  { apiVersion: 'v1', kind: 'Endpoints', plural: 'endpoints' },
  { apiVersion: 'v1', kind: 'Node', plural: 'nodes', clusterScoped: true },
];

/** A source as Primus-Lens has it, pretty-printed as its installer does. */
export function lensSource({
  password = 'generated-elsewhere',
  ports = {},
}: {
  password?: string;
  ports?: { opensearch?: unknown; write?: unknown; read?: unknown; postgres?: unknown };
} = {}): Record<string, string> {
  const { opensearch = 30920, write = 30480, read = 30481, postgres = 30432 } = ports;
  const namespace = 'primus-lens';
  const text = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    opensearch: text({
      service: 'primus-lens-logs',
      port: 9200,
      node_port: opensearch,
      namespace,
      scheme: 'https',
      username: 'admin',
      password,
    }),
    prometheus: text({
      write_service: 'vminsert',
      write_port: 8480,
      write_node_port: write,
      read_service: 'vmselect',
      read_port: 8481,
      read_node_port: read,
      namespace,
    }),
    postgres: text({
      service: 'primus-lens-ha',
      port: 5432,
      node_port: postgres,
      namespace,
      username: 'lens',
      password,
      db_name: 'lens',
      ssl_mode: 'require',
    }),
  };
}

/** A node as a kubelet registers it. */
export function aNode(
  name: string,
  addresses: readonly (readonly [type: string, address: string])[],
  { ready = true, role = 'control-plane' }: { ready?: boolean; role?: string } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { [`node-role.kubernetes.io/${role}`]: '' } },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      addresses: addresses.map(([type, address]) => ({ type, address })),
    },
  };
}

/** What the exporter of Primus-Lens made on the hub of one component of a cluster. */
export function predecessorProxy(
  component: string,
  cluster: string,
  { port, nodePort, ips }: { port: number; nodePort: number; ips: readonly string[] },
): { service: KubeObject; endpoints: KubeObject } {
  const name = `primus-lens-${component}-${cluster}`;
  return {
    service: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels: { app: 'primus-lens', component, cluster } },
      spec: { type: 'ClusterIP', ports: [{ name: component, port, protocol: 'TCP', targetPort: nodePort }] },
    },
    endpoints: {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name },
      subsets: [
        {
          addresses: ips.map((ip) => ({ ip })),
          ports: [{ name: component, port: nodePort, protocol: 'TCP' }],
        },
      ],
    },
  };
}
