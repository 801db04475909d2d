import type { CredentialExpiry } from '../../cluster-config/credentials/credential-expiry.ts';
import type { ExtensionFile } from '../../base/extending/extension.ts';
import type { ExtensionFault } from '../../base/extending/extension-faults.ts';
import type { RegistryState, RegistryStatus } from '../../cluster-config/registries/registry-view.ts';
import type { Reason } from '../../kube/failures/reason.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import type { WatchStatus } from '../../kube/watching/object-watcher.ts';
import type { HeldRemoval } from '../../storage-sync/keeping/removal-guard.ts';
import type { ClusterState } from '../../storage-sync/keeping/cluster-record.ts';
import type { LeadershipStatus } from '../../leader-election/leadership.ts';
import type { OutputStatus } from '../../storage-sync/publishing/outputs/output-status.ts';
import type { PublicationStatus } from '../../storage-sync/publishing/publication-status.ts';
import type { SourceWatchStatus } from '../../storage-sync/reading/source-follower.ts';
import type { Problem } from '../problems/problem.ts';
import type { LastChange } from './last-changes.ts';

/** What `GET /api/v1/status` answers. It holds names, addresses, states and times, and no content of any Secret. */
export interface Status {
  apiVersion: 'multi-cluster-config-exporter/v1';
  kind: 'Status';
  /** Of the exporter. */
  version: string;
  /** Everything that is not as it should be, what concerns all clusters first. Empty: all is well. */
  problems: Problem[];
  /** Address of the hub's API server. */
  hub: { server: string };
  /**
   * A replica that does not lead reads no source and writes nothing, and so knows no cluster's state: ask the holder.
   * `election.watch.failure` and `election.failure` say why the Lease could not be looked at, or not be taken.
   */
  leadership: LeadershipStatus;
  registry: {
    secret: ObjectRef;
    state: RegistryState;
    since: Date;
    entries: number;
    rejected: number;
    /** How much it holds; absent while it is not there. */
    size?: NonNullable<RegistryStatus['size']>;
    watch: WatchStatus;
    /** How many keys are kept although no registry names their clusters, since this one is not there to tell. Absent: none. */
    kept?: number;
    /** Clusters that left it, or another registry, too many at once for their keys to go without a confirmation. */
    removal?: HeldRemoval;
  };
  /** The registries that extensions add, in the order of configuration; absent where there are none. */
  registries?: readonly (RegistryStatus & { kept?: number })[];
  /** What extensions write on the hub beside the aggregate; absent where they write nothing. */
  outputs?: readonly OutputStatus[];
  /** What extends the exporter, in the order of configuration; absent where nothing does. */
  extensions?: readonly ExtensionStatus[];
  aggregate: { secret: ObjectRef; watch: WatchStatus } & PublicationStatus;
  /** How many clusters are in each state. */
  counts: Record<ClusterState, number>;
  /** Sorted by name. */
  clusters: ClusterStatus[];
}

/** An extension that takes part. */
export interface ExtensionStatus {
  name: string;
  /** Absent where a program passed it. */
  file?: ExtensionFile;
  /** What it did wrong when it was last called; absent where all went well. */
  faults?: readonly ExtensionFault[];
}

/** One cluster of a registry. */
export interface ClusterStatus {
  name: string;
  /** What its registry calls it, where that cannot be the key of a Secret. */
  originalName?: string;
  /** The registry that names it; absent where it is the Secret. */
  registry?: string;
  /** The object that has its entry; absent where the registry is one object. */
  origin?: string;
  state: ClusterState;
  /** Of the newest result; absent before the first. */
  reason?: Reason;
  /** What is wrong; absent when all is well. */
  message?: string;
  /** How to fix it. */
  remedy?: string;
  /** Since when state and reason are what they are. */
  since: Date;
  lastSuccess?: Date;
  /** The last change of its content; absent when this replica has published none since it became leader. */
  lastChange?: LastChange;
  /** Since when its newest content does not fit into the aggregate; absent: it does, or there is none. */
  tooLargeSince?: Date;
  /** Whether its source is watched; absent where that was not tried yet, or is switched off. */
  watch?: SourceWatchStatus;
  /** Whether the aggregate holds a key for it. */
  published: boolean;
  /** Address of its API server; absent while its entry is rejected. */
  server?: string;
  /** Other clusters that are the same one, five at most; absent: none. */
  sameAs?: readonly string[];
  /** Its API server is that of the hub; absent: it is not. */
  isHub?: true;
  /** When its credentials expire, as far as they say so; absent while its entry is rejected. */
  credentials?: readonly CredentialExpiry[];
}
