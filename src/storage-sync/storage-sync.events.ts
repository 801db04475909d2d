import type { Reason } from '../kube/reason.ts';
import type { ClusterState } from './keeping/cluster-record.ts';

/** What asks for a pass. */
export const SYNC_TRIGGERS = ['start', 'interval', 'cluster-config.changed'] as const;

/** One of {@link SYNC_TRIGGERS}. */
export type SyncTrigger = (typeof SYNC_TRIGGERS)[number];

/** What a source is read for: a pass, another try after a failure, the end of a watch, or a change that the watch brought. */
export const READ_TRIGGERS = [...SYNC_TRIGGERS, 'retry', 'reread', 'watch'] as const;

/** One of {@link READ_TRIGGERS}. */
export type ReadTrigger = (typeof READ_TRIGGERS)[number];

/** How writing the aggregate ends. `conflict`: somebody else wrote in between, and we try again from there. */
export const WRITE_RESULTS = ['ok', 'conflict', 'error'] as const;

/** A source was read, well or not. */
export class SourceReadEvent {
  static readonly eventName = 'source.read';

  constructor(
    readonly cluster: string,
    readonly reason: Reason,
    readonly trigger: ReadTrigger,
    /** Milliseconds; undefined where nobody asked, since the watch brought it. */
    readonly durationMs: number | undefined,
  ) {}
}

/** A pass is over. Clusters that hang may still be being read. */
export class PassEndedEvent {
  static readonly eventName = 'pass.ended';

  constructor(
    readonly trigger: SyncTrigger,
    /** Milliseconds. */
    readonly durationMs: number,
  ) {}
}

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
    /** What is wrong and how to mend it; undefined when all is well. */
    readonly message: string | undefined,
  ) {}
}

/** The aggregate was written, or was to be. */
export class AggregateWriteEvent {
  static readonly eventName = 'aggregate.write';

  constructor(readonly result: (typeof WRITE_RESULTS)[number]) {}
}

/** The publication stands otherwise than before, or other clusters do not fit. `AggregatePublisher.status` says how. */
export class PublicationChangedEvent {
  static readonly eventName = 'publication.changed';
}
