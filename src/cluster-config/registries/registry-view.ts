import type { WatchStatus } from '../../kube/watching/object-watcher.ts';
import type { Cluster } from '../cluster.ts';
import type { EntryRefusal } from '../entries/entry.ts';
import type { RegistrySize } from './registry-source.ts';

/**
 * What a registry as a whole looks like. All but `present` may be a mistake, so the keys of its clusters stay as they are then;
 * `unknown`: it could not be read yet.
 */
export const REGISTRY_STATES = ['unknown', 'present', 'missing', 'empty', 'all_rejected'] as const;

/** One of {@link REGISTRY_STATES}. */
export type RegistryState = (typeof REGISTRY_STATES)[number];

/** An entry that was refused. */
export interface RejectedEntry extends EntryRefusal {
  readonly name: string;
  /** The registry that names it. */
  readonly registry: string;
  /** The object that has it; absent where the registry is one object. */
  readonly origin?: string | undefined;
}

/** An entry whose name belongs to an earlier registry. */
export interface ShadowedEntry {
  readonly cluster: string;
  /** The registry that has the name. */
  readonly by: string;
  readonly origin?: string | undefined;
}

/** How one registry stands. */
export interface RegistryStatus {
  readonly name: string;
  /** What it reads, for people. */
  readonly where: string;
  readonly state: RegistryState;
  /** Since when `state` is what it is. */
  readonly since: Date;
  /** How many it has, those included that are refused or shadowed. */
  readonly entries: number;
  readonly rejected: number;
  readonly shadowed: readonly ShadowedEntry[];
  /** Absent where nothing limits it. `nearlyFullSince`: 80% of the limit are exceeded. */
  readonly size?: RegistrySize & { readonly nearlyFullSince?: Date };
  readonly watch: Readonly<WatchStatus>;
}

/** All registries as they were last seen. The maps are by cluster name; every entry is in one of them, or shadowed. */
export interface RegistryView {
  /** In the order of configuration; the core's own first. */
  readonly registries: readonly [RegistryStatus, ...RegistryStatus[]];
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly rejected: ReadonlyMap<string, RejectedEntry>;
  /** Whether any registry is `present`. */
  readonly usable: boolean;
  /** What somebody wrote to confirm a removal of clusters. */
  readonly confirmation: string | undefined;
  /**
   * Whether a cluster that is named no more is gone: its registry is `present`.
   *
   * @param registry that named it; undefined: not known, so that every registry has to be `present`
   */
  isGoneFrom(registry: string | undefined): boolean;
}
