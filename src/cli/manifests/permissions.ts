import type { Settings } from '../../base/config/settings.ts';

/** Something that the exporter is allowed to do: the one table that manifests, chart and `mcce check` agree on. */
export interface Permission<ObjectName extends string = 'registry' | 'aggregate' | 'lease' | 'source'> {
  /** Lines of a comment. */
  readonly why: readonly string[];
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  /** The object that it is limited to; undefined: new ones, whose name RBAC cannot know. */
  readonly object?: ObjectName;
  readonly verbs: readonly string[];
  /** Whether the settings make use of it. By default always. */
  readonly isUsed?: (settings: Settings) => boolean;
}

/** On the hub. */
export const HUB_PERMISSIONS: readonly Permission[] = [
  {
    why: ['The registry is listed and watched.'],
    group: '',
    resource: 'secrets',
    object: 'registry',
    verbs: ['list', 'watch'],
  },
  {
    why: [
      'The aggregate is listed and watched, and written by server-side apply: for that RBAC can name the Secret even when',
      'it is created. Each part of it is named (MCCE_AGGREGATE_PARTS).',
    ],
    group: '',
    resource: 'secrets',
    object: 'aggregate',
    verbs: ['list', 'watch', 'create', 'patch'],
  },
  {
    why: [
      'The Lease, for several replicas: watched by those that stand by, renewed by the leader. Not needed without',
      'MCCE_LEADER_ELECTION.',
    ],
    group: 'coordination.k8s.io',
    resource: 'leases',
    object: 'lease',
    verbs: ['list', 'watch', 'create', 'patch'],
    isUsed: ({ leaderElection }) => leaderElection,
  },
  {
    why: [
      'Events tell operators what has changed. Each is a new object, whose name RBAC cannot know. Not needed with',
      'MCCE_EVENTS=false.',
    ],
    group: 'events.k8s.io',
    resource: 'events',
    verbs: ['create'],
    isUsed: ({ events }) => events,
  },
];

/** In a cluster. */
export const CLUSTER_PERMISSIONS: readonly Permission[] = [
  {
    why: [
      'Read, and watched. With `get` alone it is read in every pass, and a change takes up to MCCE_SYNC_INTERVAL.',
    ],
    group: '',
    resource: 'secrets',
    object: 'source',
    verbs: ['get', 'list', 'watch'],
  },
];

/** Where a view is, of its readers. */
export const VIEW_PERMISSIONS: readonly Permission<'view'>[] = [
  {
    why: [
      'Read, and watched: a watch or list that names the Secret (fieldSelector metadata.name) is allowed, and no other.',
    ],
    group: '',
    resource: 'secrets',
    object: 'view',
    verbs: ['get', 'list', 'watch'],
  },
];

/** Names of the objects that permissions are limited to. */
export type ObjectNames = Readonly<Partial<Record<string, readonly string[]>>>;

/** The rules of a Role (rbac.authorization.k8s.io/v1). */
export function rulesOf(permissions: readonly Permission[], names: ObjectNames): object[] {
  return permissions.map(({ group, resource, object, verbs }) => ({
    apiGroups: [group],
    resources: [resource],
    ...(object !== undefined && { resourceNames: names[object] }),
    verbs,
  }));
}

/** The rule of a Role by which a ServiceAccount asks for new tokens of itself, for the extension token-renewal. */
export function renewalRule(account: string): object {
  return {
    apiGroups: [''],
    resources: ['serviceaccounts/token'],
    resourceNames: [account],
    verbs: ['create'],
  };
}
