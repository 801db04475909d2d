import type { Reason } from '../../kube/failures/reason.ts';
import type { ClusterState } from './cluster-record.ts';

/** What is known of a cluster became another state, or has another reason. */
export class ClusterStateChangedEvent {
  static readonly eventName = 'cluster-state.changed';

  constructor(
    readonly cluster: string,
    /** Undefined: the cluster is new. */
    readonly previousState: ClusterState | undefined,
    readonly state: ClusterState,
    /** Undefined before the first result. */
    readonly reason: Reason | undefined,
    /** What is wrong; undefined when all is well. */
    readonly message: string | undefined,
  ) {}
}
