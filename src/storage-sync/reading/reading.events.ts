import type { Reason } from '../../kube/failures/reason.ts';

/** What asks for a pass. */
export const SYNC_TRIGGERS = ['start', 'interval', 'cluster-config.changed'] as const;

/** One of {@link SYNC_TRIGGERS}. */
export type SyncTrigger = (typeof SYNC_TRIGGERS)[number];

/** What a source is read for: a pass, another try after a failure, the end of a watch, or a change that the watch brought. */
export const READ_TRIGGERS = [...SYNC_TRIGGERS, 'retry', 'reread', 'watch'] as const;

/** One of {@link READ_TRIGGERS}. */
export type ReadTrigger = (typeof READ_TRIGGERS)[number];

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
