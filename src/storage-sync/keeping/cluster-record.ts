import type { Explanation } from '../../base/errors/explanation.ts';
import type { Reason } from '../../kube/failures/reason.ts';
import type { Observation, ReadFailure } from './observation.ts';
import type { SourceContent } from './source-content.ts';

/**
 * `pending`: never read well since its key is unpublished or we started. `synced`: the newest read is published. `stale`:
 * the newest read failed, its key is last-known-good. `missing`: its source is deleted. `rejected`: its entry is refused.
 */
export type ClusterState = 'pending' | 'synced' | 'stale' | 'missing' | 'rejected';

/** What is known about one cluster. Replaced as a whole, never edited. Times in milliseconds are of a clock that never jumps. */
export interface ClusterRecord {
  readonly name: string;
  /** The registry that names it, or did last. Undefined: none did since we started. */
  readonly registry: string | undefined;
  readonly state: ClusterState;
  /** Of the newest result; undefined before the first. */
  readonly reason: Reason | undefined;
  /** For the operator; undefined when all is well. */
  readonly explanation: Explanation | undefined;
  /** Since when `state` is what it is, whatever the reasons were. */
  readonly since: Date;
  readonly lastSuccess: Date | undefined;
  /** Last-known-good: what the aggregate should hold. Undefined: the cluster has no key. */
  readonly content: SourceContent | undefined;
  /** Since when `content` may be older than the source. Undefined: it is current, as far as we know. */
  readonly outdatedAtMs: number | undefined;
  /** When `content` was last known to be current. */
  readonly currentAtMs: number;
  /** When the source was first found deleted. Undefined: it was there when we last could tell. */
  readonly missingAtMs: number | undefined;
  /** What is known comes from before a restart. Until it is confirmed no key expires. */
  readonly remembered: boolean;
  /** Since when no registry names it although all are there that might. Undefined: one does, or {@link kept}. */
  readonly goneSince: Date | undefined;
  /** Whether no registry names it, and one that might is not there. Its key stays as it is. */
  readonly kept: boolean;
}

/**
 * What the aggregate remembers of a cluster whose key may be older than its source, so that graces, TTLs and alerts outlast
 * the process that counts them.
 */
export interface RememberedState {
  readonly state: 'stale' | 'missing' | 'rejected';
  readonly reason: Reason;
  /** Since when `state` is what it is. To the second. */
  readonly since: Date;
  /** When the source was last read well; undefined: not known. To the second. */
  readonly lastSuccess: Date | undefined;
  /** Whether no registry names the cluster any more and its key is kept by the removal guard. */
  readonly removed: boolean;
}

/** A moment on both clocks: the wall's for people, a monotonic one for durations. */
export interface Instant {
  wall: Date;
  monotonicMs: number;
}

/** How long keys outlive bad news. Milliseconds. */
export interface RetentionPolicy {
  missingGraceMs: number;
  /** 0: forever. */
  staleTtlMs: number;
}

/** A cluster that was not read yet. */
export function newRecord(name: string, now: Instant): ClusterRecord {
  return {
    name,
    registry: undefined,
    state: 'pending',
    reason: undefined,
    explanation: undefined,
    since: now.wall,
    lastSuccess: undefined,
    content: undefined,
    outdatedAtMs: undefined,
    currentAtMs: now.monotonicMs,
    missingAtMs: undefined,
    remembered: false,
    goneSince: undefined,
    kept: false,
  };
}

const REMEMBERED: Explanation = {
  message: 'This is known from before the exporter started; it was not read since.',
};

/**
 * The record of a cluster without content, after the aggregate was found to hold one for it. Where the aggregate does not tell
 * since when it is old, that counts from now, which keeps it longer and never shorter.
 *
 * @param memory what the aggregate says of the cluster's state; undefined: nothing is wrong with it
 */
export function withRestoredContent(
  record: ClusterRecord,
  content: SourceContent,
  memory: RememberedState | undefined,
  now: Instant,
): ClusterRecord {
  const failed = record.reason !== undefined;
  if (!memory) {
    const state = record.state === 'pending' && failed ? 'stale' : record.state;
    return {
      ...transition(record, state, record.reason, record.explanation, now),
      content,
      outdatedAtMs: failed ? (record.outdatedAtMs ?? now.monotonicMs) : undefined,
      currentAtMs: now.monotonicMs,
    };
  }
  const { state, reason } = memory;
  const since = notAfter(memory.since, now);
  const lastSuccess = memory.lastSuccess && notAfter(memory.lastSuccess, now);
  const restored = {
    ...record,
    content,
    lastSuccess: record.lastSuccess ?? lastSuccess,
    outdatedAtMs: monotonicOf(since, now),
    currentAtMs: monotonicOf(lastSuccess ?? since, now),
    missingAtMs: state === 'missing' ? monotonicOf(since, now) : record.missingAtMs,
  };
  // A state of its own, from this process, says more.
  if (record.state === 'pending' && !failed && state !== 'rejected')
    return { ...restored, state, reason, explanation: REMEMBERED, since, remembered: true };
  const current = record.state === 'pending' && failed ? 'stale' : record.state;
  return {
    ...restored,
    state: current,
    since: current === state ? since : record.since,
    remembered: false,
  };
}

/** The record after a reading. A content that has not changed stays the very same object. */
export function afterRead(record: ClusterRecord, result: Observation, now: Instant): ClusterRecord {
  if (result.reason === 'ok') {
    return {
      ...transition(record, 'synced', 'ok', undefined, now),
      lastSuccess: now.wall,
      content: record.content?.digest === result.content.digest ? record.content : result.content,
      outdatedAtMs: undefined,
      currentAtMs: now.monotonicMs,
      missingAtMs: undefined,
    };
  }
  const outdatedAtMs = record.outdatedAtMs ?? now.monotonicMs;
  if (result.reason === 'not_found') {
    return {
      ...transition(record, 'missing', 'not_found', result, now),
      outdatedAtMs,
      missingAtMs: record.missingAtMs ?? now.monotonicMs,
    };
  }
  const state = record.content ? 'stale' : 'pending';
  return { ...transition(record, state, result.reason, result, now), outdatedAtMs };
}

/** The record after its content was transformed again. Of a source that cannot be read only the content is another one. */
export function afterReconsideration(
  record: ClusterRecord,
  result: Observation,
  now: Instant,
): ClusterRecord {
  const wasRead =
    record.reason === 'ok' || record.reason === 'invalid_payload' || record.reason === 'internal';
  if (wasRead) return { ...afterRead(record, result, now), lastSuccess: record.lastSuccess ?? now.wall };
  if (result.reason !== 'ok' || record.content?.digest === result.content.digest) return record;
  return { ...record, content: result.content };
}

/** The record after a watch told that nothing has changed. It says nothing new about a source that was not read well. */
export function afterConfirmation(record: ClusterRecord, now: Instant): ClusterRecord {
  if (record.state !== 'synced') return record;
  return { ...record, lastSuccess: now.wall, currentAtMs: now.monotonicMs };
}

/** The record after the entry was refused. The key stays; it cannot be refreshed any more. */
export function afterRejection(
  record: ClusterRecord,
  registry: string,
  refusal: ReadFailure,
  now: Instant,
): ClusterRecord {
  return {
    ...transition(record, 'rejected', refusal.reason, refusal, now),
    registry,
    outdatedAtMs: record.outdatedAtMs ?? now.monotonicMs,
    goneSince: undefined,
    kept: false,
  };
}

/** The record after its entry became usable again, or came back: it waits for a reading. */
export function afterAcceptance(record: ClusterRecord, registry: string, now: Instant): ClusterRecord {
  const back = { ...record, registry, goneSince: undefined, kept: false };
  return record.state === 'rejected' ? transition(back, 'pending', undefined, undefined, now) : back;
}

/** The record after its registry went. Nobody reads the source any more. */
export function afterLossOfRegistry(record: ClusterRecord): ClusterRecord {
  return record.kept ? record : { ...record, kept: true };
}

/** The record after its entry left the registry. Nobody reads the source any more. */
export function afterDeparture(record: ClusterRecord, now: Instant): ClusterRecord {
  return {
    ...record,
    kept: false,
    goneSince: record.goneSince ?? now.wall,
    outdatedAtMs: record.outdatedAtMs ?? now.monotonicMs,
  };
}

/**
 * When the cluster's key is to be removed if nothing changes. Only these two ways lead there: the
 * source is deleted and the grace is over, or no read succeeded for longer than the operator wants.
 */
export function keyExpiresAtMs(record: ClusterRecord, policy: RetentionPolicy): number {
  const { content, state, remembered, goneSince, kept } = record;
  // Once the entry is gone, the removal guard decides; without its registry, nobody does.
  if (!content || state === 'synced' || remembered || goneSince || kept) return Number.POSITIVE_INFINITY;
  const byGrace =
    state === 'missing' && record.missingAtMs !== undefined
      ? record.missingAtMs + policy.missingGraceMs
      : Number.POSITIVE_INFINITY;
  const byTtl =
    state !== 'missing' && policy.staleTtlMs > 0
      ? record.currentAtMs + policy.staleTtlMs
      : Number.POSITIVE_INFINITY;
  return Math.min(byGrace, byTtl);
}

/** The record after its key was removed. What is forgotten is never published again. */
export function withoutContent(record: ClusterRecord, now: Instant): ClusterRecord {
  if (!record.content) return record;
  const state = record.state === 'stale' || record.state === 'synced' ? 'pending' : record.state;
  return { ...transition(record, state, record.reason, record.explanation, now), content: undefined };
}

function transition(
  record: ClusterRecord,
  state: ClusterState,
  reason: Reason | undefined,
  explanation: Explanation | undefined,
  now: Instant,
): ClusterRecord {
  const since = record.state === state ? record.since : now.wall;
  return { ...record, state, reason, explanation, since, remembered: false };
}

/** The clock of another machine may have been ahead. */
function notAfter(moment: Date, { wall }: Instant): Date {
  return moment > wall ? wall : moment;
}

/** A moment of the wall's clock on the monotonic one; never later than now, whatever the clock of another machine said. */
function monotonicOf(moment: Date, now: Instant): number {
  return now.monotonicMs - Math.max(0, now.wall.getTime() - moment.getTime());
}
