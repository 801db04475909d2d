import {
  CLUSTER_PERMISSIONS,
  HUB_PERMISSIONS,
  type ObjectNames,
  type Permission,
  VIEW_PERMISSIONS,
} from './permissions.ts';

/** Name of the exporter's objects on the hub, where nobody chose another. */
export const EXPORTER = 'multi-cluster-config-exporter';
/** Name of the objects in a cluster that let the exporter read the source. */
export const READER = 'multi-cluster-config-exporter-reader';

/** Names that the rules are about. */
export interface HubManifestOptions {
  registry: string;
  /** One name for each part. */
  aggregate: readonly string[];
  /** Undefined: left to `kubectl apply -n`. */
  namespace?: string;
}

/** What the exporter may do on the hub: YAML to be applied there, with the reason beside each rule. */
export function hubManifest({ registry, aggregate, namespace }: HubManifestOptions): string {
  return `# What the exporter may do on the hub, and nothing more: every rule names its object, but for that of Events.
# Apply it in the exporter's namespace: kubectl apply -n ${namespace ?? 'NAMESPACE'} -f hub-rbac.yaml
${accountAndRole(EXPORTER, namespace)}
${rules(HUB_PERMISSIONS, { registry: [registry], aggregate, lease: [EXPORTER] })}
---
${binding(EXPORTER, namespace)}`;
}

/** Names that the rules are about. */
export interface ClusterManifestOptions {
  source: string;
  /** Undefined: left to `kubectl apply -n`. */
  namespace?: string;
}

/** What the exporter may do in a cluster: YAML to be applied there. `mcce cluster add` grants the same. */
export function clusterManifest({ source, namespace }: ClusterManifestOptions): string {
  return `# What the exporter may do in a cluster, and nothing more: read the source.
# Apply it where the source is: kubectl apply -n ${namespace ?? 'NAMESPACE'} -f cluster-rbac.yaml
${accountAndRole(READER, namespace)}
${rules(CLUSTER_PERMISSIONS, { source: [source] })}
---
${binding(READER, namespace)}`;
}

/** Names that the rules are about. */
export interface ViewManifestOptions {
  view: string;
  /** Undefined: left to `kubectl apply -n`. */
  namespace?: string;
}

/** What the readers of a view may do: YAML to be applied where its Secret is. */
export function viewManifest({ view, namespace }: ViewManifestOptions): string {
  const reader = `${view}-reader`;
  return `# What the readers of the view ${view} may do, and nothing more: read its Secret.
# Apply it where the view is: kubectl apply -n ${namespace ?? 'NAMESPACE'} -f view-rbac.yaml
# A reader that has a ServiceAccount already needs only that it is a subject of the RoleBinding.
${accountAndRole(reader, namespace)}
${rules(VIEW_PERMISSIONS, { view: [view] })}
---
${binding(reader, namespace)}`;
}

function metadata(name: string, namespace: string | undefined): string {
  return `metadata:\n  name: ${name}${namespace === undefined ? '' : `\n  namespace: '${namespace}'`}`;
}

/** Up to the rules. */
function accountAndRole(name: string, namespace: string | undefined): string {
  return `apiVersion: v1
kind: ServiceAccount
${metadata(name, namespace)}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
${metadata(name, namespace)}
rules:`;
}

function rules(permissions: readonly Permission<string>[], names: ObjectNames): string {
  return permissions
    .flatMap(({ why, group, resource, object, verbs }) => [
      ...why.map((line) => `  # ${line}`),
      `  - apiGroups: [${group || "''"}]`,
      `    resources: [${resource}]`,
      ...(object === undefined
        ? []
        : [`    resourceNames: [${names[object]?.map((name) => `'${name}'`).join(', ')}]`]),
      `    verbs: [${verbs.join(', ')}]`,
    ])
    .join('\n');
}

function binding(name: string, namespace: string | undefined): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
${metadata(name, namespace)}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${name}
subjects:
  - kind: ServiceAccount
    name: ${name}
`;
}
