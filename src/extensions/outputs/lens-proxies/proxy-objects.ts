import type { ForExisting, OutputKind, WantedObject } from '../../../index.ts';
import type { Address } from './addresses.ts';
import { clusterLabel, type Component, serviceName } from './components.ts';
import type { Target } from './lens-content.ts';

const SERVICE = { apiVersion: 'v1', kind: 'Service' } as const;
const SLICE = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' } as const;
const ENDPOINTS = { apiVersion: 'v1', kind: 'Endpoints' } as const;

/** Of all proxies. @param namespace where they are */
export function proxyKinds(namespace: string): OutputKind[] {
  const namespaces = [namespace];
  return [
    { ...SERVICE, plural: 'services', namespaces },
    { ...SLICE, plural: 'endpointslices', namespaces },
    { ...ENDPOINTS, plural: 'endpoints', namespaces },
  ];
}

/** Where a proxy is. */
interface Proxy {
  readonly component: Component;
  readonly cluster: string;
  readonly namespace: string;
}

const FAMILIES = ['IPv4', 'IPv6'] as const;

/** The Service. One of the predecessor's is adopted, so that its address stays; a selector of vmselect serves as well. */
export function proxyService(proxy: Proxy, { nodePort }: Pick<Target, 'nodePort'>): WantedObject {
  const { component } = proxy;
  const ports = [
    { name: component.name, port: component.servicePort, protocol: 'TCP', targetPort: nodePort },
  ];
  return {
    ...SERVICE,
    namespace: proxy.namespace,
    name: serviceName(component, proxy.cluster),
    labels: labelsOf(proxy),
    fields: { spec: { type: 'ClusterIP', ipFamilyPolicy: 'PreferDualStack', ports } },
    existing: (found) => judgeService(found, proxy),
  };
}

/** The EndpointSlices that the Service selects, one for each family of addresses. */
export function proxySlices(
  proxy: Proxy,
  { nodePort }: Pick<Target, 'nodePort'>,
  addresses: readonly Address[],
): WantedObject[] {
  const { component, cluster, namespace } = proxy;
  const name = serviceName(component, cluster);
  return FAMILIES.map((addressType) => ({
    addressType,
    endpoints: addresses
      .filter(({ family }) => family === addressType)
      .map(({ ip }) => ({ addresses: [ip], conditions: { ready: true } })),
  }))
    .filter(({ endpoints }) => endpoints.length > 0)
    .map((fields) => ({
      ...SLICE,
      namespace,
      name: sliceName(name, fields.addressType),
      labels: {
        ...labelsOf(proxy),
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'multi-cluster-config-exporter',
      },
      fields: { ...fields, ports: [{ name: component.name, port: nodePort, protocol: 'TCP' }] },
    }));
}

/** The Service as it is. */
export function keptService({ component, cluster, namespace }: Proxy): WantedObject {
  return { ...SERVICE, namespace, name: serviceName(component, cluster), wish: 'keep' };
}

/** The slices as they are. */
export function keptSlices({ component, cluster, namespace }: Proxy): WantedObject[] {
  const service = serviceName(component, cluster);
  return FAMILIES.map((family) => ({ ...SLICE, namespace, name: sliceName(service, family), wish: 'keep' }));
}

/** Endpoints of the predecessor: Kubernetes would mirror them into slices beside ours. Those that have labels are not its. */
export function absentEndpoints({ component, cluster, namespace }: Proxy): WantedObject {
  return {
    ...ENDPOINTS,
    namespace,
    name: serviceName(component, cluster),
    wish: 'absent',
    existing: ({ metadata }) => {
      const { labels } = metadata as { labels?: object };
      return Object.keys(labels ?? {}).length === 0 ? 'adopt' : 'leave';
    },
  };
}

/** As the core names objects. */
export function keyOf({ kind, namespace, name }: WantedObject): string {
  return `${kind}/${namespace}/${name}`;
}

function labelsOf({ component, cluster }: Proxy): Record<string, string> {
  return { app: 'primus-lens', component: component.name, cluster: clusterLabel(cluster) };
}

function sliceName(service: string, family: 'IPv4' | 'IPv6'): string {
  return `${service}-${family.toLowerCase()}`;
}

function judgeService(found: Readonly<Record<string, unknown>>, { component, cluster }: Proxy): ForExisting {
  const { metadata, spec } = found as {
    metadata?: { labels?: Record<string, string> };
    spec?: { selector?: Record<string, string>; type?: string };
  };
  const selector = spec?.selector ?? {};
  if (Object.keys(selector).length > 0)
    return component.name === 'prometheus-read' && selector['app.kubernetes.io/name'] === 'vmselect'
      ? 'leave'
      : 'refuse';
  const labels = metadata?.labels ?? {};
  const isPredecessors =
    labels.app === 'primus-lens' && labels.component === component.name && labels.cluster === cluster;
  return isPredecessors && (spec?.type ?? 'ClusterIP') === 'ClusterIP' ? 'adopt' : 'refuse';
}
