/** Name of the exporter's objects on the hub, where nobody chose another. */
export const EXPORTER = 'multi-cluster-config-exporter';
/** Name of the objects in a cluster that let the exporter read the source. */
export const READER = 'multi-cluster-config-exporter-reader';

/** Names that the rules are about. */
export interface HubManifestOptions {
  registry: string;
  aggregate: string;
  /** Undefined: left to `kubectl apply -n`. */
  namespace?: string;
}

/** What the exporter may do on the hub: YAML to be applied there, with the reason beside each rule. */
export function hubManifest({ registry, aggregate, namespace }: HubManifestOptions): string {
  return `# What the exporter may do on the hub, and nothing more: every rule names its object, but for that of Events.
# Apply it in the exporter's namespace: kubectl apply -n ${namespace ?? 'NAMESPACE'} -f hub-rbac.yaml
${accountAndRole(EXPORTER, namespace)}
  # The registry is listed and watched.
  - apiGroups: ['']
    resources: [secrets]
    resourceNames: ['${registry}']
    verbs: [list, watch]
  # The aggregate is listed and watched, and written by server-side apply: for that RBAC can name the Secret even when
  # it is created.
  - apiGroups: ['']
    resources: [secrets]
    resourceNames: ['${aggregate}']
    verbs: [list, watch, create, patch]
  # The Lease, for several replicas: watched by those that stand by, renewed by the leader. Not needed without
  # MCCE_LEADER_ELECTION.
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    resourceNames: [multi-cluster-config-exporter]
    verbs: [list, watch, create, patch]
  # Events tell operators what has changed. Each is a new object, whose name RBAC cannot know. Not needed with
  # MCCE_EVENTS=false.
  - apiGroups: [events.k8s.io]
    resources: [events]
    verbs: [create]
---
${binding(EXPORTER, namespace)}`;
}

/** Names that the rules are about. */
export interface ClusterManifestOptions {
  source: string;
  /** Undefined: left to `kubectl apply -n`. */
  namespace?: string;
}

/** What the exporter may do in a cluster: YAML to be applied there. `mcce cluster add` applies the same. */
export function clusterManifest({ source, namespace }: ClusterManifestOptions): string {
  return `# What the exporter may do in a cluster, and nothing more: read the source.
# Apply it where the source is: kubectl apply -n ${namespace ?? 'NAMESPACE'} -f cluster-rbac.yaml
${accountAndRole(READER, namespace)}
  # Read, and watched. With \`get\` alone it is read in every pass, and a change takes up to MCCE_SYNC_INTERVAL.
  - apiGroups: ['']
    resources: [secrets]
    resourceNames: ['${source}']
    verbs: [get, list, watch]
---
${binding(READER, namespace)}`;
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
