import type { EventFields } from '../../kube/objects/event-client.ts';

/** What kind of Event a reason makes. */
interface EventKind extends Pick<EventFields, 'type' | 'action'> {
  /** Which Secret it is about. */
  readonly on: 'registry' | 'aggregate';
  /** Begins the note of an Event about several clusters. */
  readonly several?: (count: number) => string;
  /** The reason that tells of its end; without one the end is not told. */
  readonly end?: 'ClusterRecovered' | 'RegistryRecovered' | 'RemovalEnded' | 'AggregateWriteRecovered';
}

/** Every reason of our Events. docs/operations.md says what each means. */
export const EVENT_REASONS = {
  EntryRefused: {
    type: 'Warning',
    action: 'CheckEntry',
    on: 'registry',
    several: (count) => `The entries of ${count} clusters are refused`,
    end: 'ClusterRecovered',
  },
  CredentialExpiring: {
    type: 'Warning',
    action: 'CheckEntry',
    on: 'registry',
    several: (count) => `${count} credentials expire soon`,
  },
  CredentialExpired: {
    type: 'Warning',
    action: 'CheckEntry',
    on: 'registry',
    several: (count) => `${count} credentials have expired`,
  },
  RegistryUnusable: { type: 'Warning', action: 'ReadRegistry', on: 'registry', end: 'RegistryRecovered' },
  RegistryRecovered: { type: 'Normal', action: 'ReadRegistry', on: 'registry' },
  RemovalHeld: { type: 'Warning', action: 'ReadRegistry', on: 'registry', end: 'RemovalEnded' },
  RemovalEnded: { type: 'Normal', action: 'ReadRegistry', on: 'registry' },
  ClusterUnreachable: {
    type: 'Warning',
    action: 'ReadSource',
    on: 'aggregate',
    several: (count) => `${count} clusters cannot be read`,
    end: 'ClusterRecovered',
  },
  SourceMissing: {
    type: 'Warning',
    action: 'ReadSource',
    on: 'aggregate',
    several: (count) => `The sources of ${count} clusters do not exist`,
    end: 'ClusterRecovered',
  },
  SourceInvalid: {
    type: 'Warning',
    action: 'ReadSource',
    on: 'aggregate',
    several: (count) => `The sources of ${count} clusters cannot be published`,
    end: 'ClusterRecovered',
  },
  ClusterRecovered: {
    type: 'Normal',
    action: 'ReadSource',
    on: 'aggregate',
    several: (count) => `${count} clusters are synced again`,
  },
  AggregateTooLarge: {
    type: 'Warning',
    action: 'WriteAggregate',
    on: 'aggregate',
    several: (count) => `The contents of ${count} clusters do not fit into the aggregate`,
    end: 'ClusterRecovered',
  },
  AggregateWriteFailed: {
    type: 'Warning',
    action: 'WriteAggregate',
    on: 'aggregate',
    end: 'AggregateWriteRecovered',
  },
  AggregateContested: {
    type: 'Warning',
    action: 'WriteAggregate',
    on: 'aggregate',
    end: 'AggregateWriteRecovered',
  },
  AggregateWriteRecovered: { type: 'Normal', action: 'WriteAggregate', on: 'aggregate' },
  ExtensionProblem: {
    type: 'Warning',
    action: 'Extend',
    on: 'aggregate',
    several: (count) => `Extensions have ${count} problems`,
  },
  LeaderChanged: { type: 'Normal', action: 'ElectLeader', on: 'aggregate' },
} as const satisfies Record<string, EventKind>;

/** One of {@link EVENT_REASONS}. */
export type EventReason = keyof typeof EVENT_REASONS;

/** Whether there is an Event for it. */
export function isEventReason(reason: string): reason is EventReason {
  return Object.hasOwn(EVENT_REASONS, reason);
}

/** What kind of Event a reason makes. */
export function kindOf(reason: EventReason): EventKind {
  return EVENT_REASONS[reason];
}
