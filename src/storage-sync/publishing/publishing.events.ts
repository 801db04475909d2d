/** How writing the aggregate ends. `conflict`: somebody else wrote in between, and we try again from there. */
export const WRITE_RESULTS = ['ok', 'conflict', 'error'] as const;

/** The aggregate was written, or was to be. */
export class AggregateWriteEvent {
  static readonly eventName = 'aggregate.write';

  constructor(
    readonly result: (typeof WRITE_RESULTS)[number],
    /** Whose keys it set or removed, or was to. */
    readonly clusters: readonly string[] = [],
  ) {}
}

/** Somebody else's write undid ours, and the aggregate has to be restored. */
export class AggregateUndoneEvent {
  static readonly eventName = 'aggregate.undone';
}

/** The publication stands otherwise than before, or other clusters do not fit. `Publication.status` says how. */
export class PublicationChangedEvent {
  static readonly eventName = 'publication.changed';
}
