import type { Reason } from '../../kube/reason.ts';
import type { SourceContent } from './source-content.ts';
import type { ReadFailure, ReadResult } from '../reading/source-reader.ts';

/**
 * `pending`: never read well since its key is unpublished or we started. `synced`: the newest read is published. `stale`:
 * the newest read failed, its key is last-known-good. `missing`: its source is deleted. `rejected`: its entry is refused.
 */
export type ClusterState = 'pending' | 'synced' | 'stale' | 'missing' | 'rejected';

/** What is known about one cluster. Replaced as a whole, never edited. */
export interface ClusterRecord {
  readonly name: string;
  readonly state: ClusterState;
  /** Of the newest result; undefined before the first. */
  readonly reason: Reason | undefined;
  /** For the operator; undefined when all is well. */
  readonly message: string | undefined;
  /** Since when `state` and `reason` are what they are. */
  readonly since: Date;
  readonly lastSuccess: Date | undefined;
  /** Last-known-good: what the aggregate shall hold. Undefined: the cluster has no key. */
  readonly content: SourceContent | undefined;
  /** Whether `content` may be older than the source. */
  readonly outdated: boolean;
  /** When `content` was last known to be current; on a clock that never jumps, in milliseconds. */
  readonly currentAtMs: number;
  /** When the source was first found deleted, on the same clock. Undefined: it was there when we last could tell. */
  readonly missingAtMs: number | undefined;
}

/** A moment on both clocks: the wall's for people, a monotonic one for durations. */
export interface Instant {
  wall: Date;
  monotonicMs: number;
}

/** How long keys outlive bad news. Milliseconds. */
export interface RetentionPolicy {
  missingGraceMs: number;
  /** 0: for ever. */
  staleTtlMs: number;
}

/** A cluster that was not read yet. */
export function newRecord(name: string, now: Instant): ClusterRecord {
  return {
    name,
    state: 'pending',
    reason: undefined,
    message: undefined,
    since: now.wall,
    lastSuccess: undefined,
    content: undefined,
    outdated: false,
    currentAtMs: now.monotonicMs,
    missingAtMs: undefined,
  };
}

/**
 * The record of a cluster without content, after the aggregate was found to hold one for it. When that was last current is
 * not known; counting from now keeps it longer, never shorter.
 *
 * @param outdated whether the aggregate itself called it stale
 */
export function withRestoredContent(
  record: ClusterRecord,
  content: SourceContent,
  outdated: boolean,
  now: Instant,
): ClusterRecord {
  const failed = record.reason !== undefined;
  const state = record.state === 'pending' && failed ? 'stale' : record.state;
  return {
    ...transition(record, state, record.reason, record.message, now),
    content,
    outdated: outdated || failed,
    currentAtMs: now.monotonicMs,
  };
}

/** The record after a reading. A content that has not changed stays the very same object. */
export function afterRead(record: ClusterRecord, result: ReadResult, now: Instant): ClusterRecord {
  if (result.reason === 'ok') {
    return {
      ...transition(record, 'synced', 'ok', undefined, now),
      lastSuccess: now.wall,
      content: record.content?.digest === result.content.digest ? record.content : result.content,
      outdated: false,
      currentAtMs: now.monotonicMs,
      missingAtMs: undefined,
    };
  }
  if (result.reason === 'not_found') {
    return {
      ...transition(record, 'missing', 'not_found', result.message, now),
      outdated: true,
      missingAtMs: record.missingAtMs ?? now.monotonicMs,
    };
  }
  const state = record.content ? 'stale' : 'pending';
  return { ...transition(record, state, result.reason, result.message, now), outdated: true };
}

/** The record after a watch told that nothing has changed. It says nothing new about a source that was not read well. */
export function afterConfirmation(record: ClusterRecord, now: Instant): ClusterRecord {
  if (record.state !== 'synced') return record;
  return { ...record, lastSuccess: now.wall, currentAtMs: now.monotonicMs };
}

/** The record after the entry was refused. The key stays; it cannot be refreshed any more. */
export function afterRejection(record: ClusterRecord, refusal: ReadFailure, now: Instant): ClusterRecord {
  return { ...transition(record, 'rejected', refusal.reason, refusal.message, now), outdated: true };
}

/** The record after its entry became usable again: it waits for a reading. */
export function afterAcceptance(record: ClusterRecord, now: Instant): ClusterRecord {
  return record.state === 'rejected' ? transition(record, 'pending', undefined, undefined, now) : record;
}

/**
 * When the cluster's key is to be removed if nothing changes, on the monotonic clock. Only these two ways lead there: the
 * source is deleted and the grace is over, or no read succeeded for longer than the operator wants.
 */
export function keyExpiresAtMs(record: ClusterRecord, policy: RetentionPolicy): number {
  if (!record.content || record.state === 'synced') return Number.POSITIVE_INFINITY;
  const byGrace =
    record.state === 'missing' && record.missingAtMs !== undefined
      ? record.missingAtMs + policy.missingGraceMs
      : Number.POSITIVE_INFINITY;
  const byTtl =
    record.state !== 'missing' && policy.staleTtlMs > 0
      ? record.currentAtMs + policy.staleTtlMs
      : Number.POSITIVE_INFINITY;
  return Math.min(byGrace, byTtl);
}

/** The record after its key was removed. What is forgotten is never published again. */
export function withoutContent(record: ClusterRecord, now: Instant): ClusterRecord {
  if (!record.content) return record;
  const state = record.state === 'stale' || record.state === 'synced' ? 'pending' : record.state;
  return { ...transition(record, state, record.reason, record.message, now), content: undefined };
}

function transition(
  record: ClusterRecord,
  state: ClusterState,
  reason: Reason | undefined,
  message: string | undefined,
  now: Instant,
): ClusterRecord {
  const unchanged = record.state === state && record.reason === reason;
  return { ...record, state, reason, message, since: unchanged ? record.since : now.wall };
}
