import { z } from 'zod';
import {
  ClusterConfigModule,
  ClusterRegistry,
  defineExtension,
  EXTENSION_API_VERSION,
  HubClient,
  HubCredentials,
  Leadership,
  ObjectRefs,
  ObjectWatcherFactory,
  settingTypes,
} from '../../../index.ts';
import { parseRange, TargetPolicy } from './addresses.ts';
import { LensTransform } from './lens.transform.ts';
import { NodeAddresses } from './node-addresses.ts';
import { ProxiesOutput } from './proxies.output.ts';
import { ProxyProblems } from './proxy-problems.ts';
import { excludedNodes, fixedAddresses, ports, ranges } from './proxy-settings.ts';
import { RecalledSlices } from './recalled-slices.ts';

class LensProxiesModule {}

/** Proxies on the hub for the storage of each cluster, and contents that name them: what readers of Primus-Lens on the hub need. */
export default defineExtension({
  name: 'lens-proxies',
  apiVersion: EXTENSION_API_VERSION,
  settings: z.object({
    ALLOWED_RANGES: ranges.meta({
      fallback: 'none; must be set',
      description:
        'Ranges of addresses that proxies may point to, such as `10.20.0.0/16`, with commas between them.',
    }),
    HUB_RANGES: ranges.optional().meta({
      fallback: 'none',
      description: "The hub's own ranges of nodes, pods and Services: refused, even where they are allowed.",
    }),
    ALLOWED_PORTS: ports.prefault('30000-32767').meta({
      fallback: '`30000-32767`',
      description: 'Ports that proxies may point to.',
    }),
    ADDRESSES: fixedAddresses.optional().meta({
      fallback: 'those of the control-plane nodes',
      description: 'Addresses by cluster, such as `east=10.20.0.1,10.20.0.2;west=10.30.0.1`.',
    }),
    EXCLUDE_CONTROL_PLANE_NODES: excludedNodes.optional().meta({
      fallback: 'none',
      description: 'Nodes whose addresses are not used, such as `n1,n2` or `east:n1;*:n2`.',
    }),
    UNCHANGED: settingTypes
      .list(/^[-._a-zA-Z0-9]+$/, 'must be names of clusters, with commas between')
      .optional()
      .meta({
        fallback: 'none',
        description: 'Clusters whose contents stay as they are: the hub itself.',
      }),
  }),
  module: (settings) => ({
    module: LensProxiesModule,
    imports: [ClusterConfigModule],
    providers: [
      {
        provide: TargetPolicy,
        inject: [HubCredentials],
        useFactory: ({ server }: HubCredentials) => {
          const apiServer = parseRange(server.hostname.replace(/^\[|\]$/g, ''));
          const hub = [...(settings.HUB_RANGES ?? []), ...(apiServer ? [apiServer] : [])];
          return new TargetPolicy({ allowed: settings.ALLOWED_RANGES, hub, ports: settings.ALLOWED_PORTS });
        },
      },
      {
        provide: NodeAddresses,
        inject: [TargetPolicy, ClusterRegistry, Leadership, ObjectWatcherFactory],
        useFactory: (
          policy: TargetPolicy,
          registry: ClusterRegistry,
          leadership: Leadership,
          watchers: ObjectWatcherFactory,
        ) => {
          const fixed = settings.ADDRESSES ?? new Map();
          const excludes = settings.EXCLUDE_CONTROL_PLANE_NODES ?? (() => false);
          return new NodeAddresses({ policy, fixed, excludes }, registry, leadership, watchers);
        },
      },
      {
        provide: ProxiesOutput,
        inject: [ObjectRefs, NodeAddresses, ClusterRegistry],
        useFactory: ({ aggregate }: ObjectRefs, nodes: NodeAddresses, registry: ClusterRegistry) =>
          new ProxiesOutput(aggregate.namespace, nodes, registry),
      },
      {
        provide: ProxyProblems,
        inject: [NodeAddresses, ClusterRegistry],
        useFactory: (nodes: NodeAddresses, registry: ClusterRegistry) => new ProxyProblems(nodes, registry),
      },
      {
        provide: LensTransform,
        inject: [ObjectRefs, TargetPolicy, ProxiesOutput, ProxyProblems, Leadership],
        useFactory: (
          { aggregate: { namespace } }: ObjectRefs,
          policy: TargetPolicy,
          output: ProxiesOutput,
          problems: ProxyProblems,
          leadership: Leadership,
        ) => {
          const place = { namespace, allowsPort: (port: number) => policy.allowsPort(port) };
          return new LensTransform(place, new Set(settings.UNCHANGED), output, problems, leadership);
        },
      },
      {
        provide: RecalledSlices,
        inject: [ObjectRefs, HubClient, ObjectWatcherFactory, NodeAddresses, Leadership],
        useFactory: (
          { aggregate }: ObjectRefs,
          hub: HubClient,
          watchers: ObjectWatcherFactory,
          nodes: NodeAddresses,
          leadership: Leadership,
        ) => new RecalledSlices(aggregate.namespace, hub, watchers, nodes, leadership),
      },
    ],
  }),
});
