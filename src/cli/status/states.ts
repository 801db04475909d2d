import type { ClusterState } from '../../storage-sync/keeping/cluster-record.ts';

/** States of a cluster, worst first. */
export const STATES: readonly ClusterState[] = ['rejected', 'missing', 'stale', 'pending', 'synced'];
