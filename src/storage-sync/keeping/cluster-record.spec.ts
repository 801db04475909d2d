import { describe, expect, it } from 'vitest';
import { type FailureReason, REASONS } from '../../kube/reason.ts';
import {
  afterAcceptance,
  afterConfirmation,
  afterRead,
  afterRejection,
  type ClusterRecord,
  type Instant,
  keyExpiresAtMs,
  newRecord,
  type RetentionPolicy,
  withoutContent,
  withRestoredContent,
} from './cluster-record.ts';
import { encodeSource, type SourceContent } from './source-content.ts';

const MINUTE_MS = 60_000;
const DEFAULT_POLICY: RetentionPolicy = { missingGraceMs: 5 * MINUTE_MS, staleTtlMs: 0 };
const WITH_TTL: RetentionPolicy = { missingGraceMs: 5 * MINUTE_MS, staleTtlMs: 60 * MINUTE_MS };
const NEVER = Number.POSITIVE_INFINITY;

const at = (minutes: number): Instant => ({
  wall: new Date(Date.UTC(2026, 0, 1, 0, minutes)),
  monotonicMs: minutes * MINUTE_MS,
});
const content = (text: string): SourceContent => {
  const encoded = encodeSource(new Map([['key', Buffer.from(text).toString('base64')]]));
  if (!encoded) throw new Error('the builder encodes valid data');
  return encoded;
};
const failure = (reason: FailureReason) => ({ reason, message: `because of ${reason}` });
const synced = (minutes = 0): ClusterRecord =>
  afterRead(newRecord('east', at(0)), { reason: 'ok', content: content('good') }, at(minutes));
const FAILURES = REASONS.filter((reason) => reason !== 'ok' && reason !== 'not_found') as FailureReason[];

describe('the record of a cluster', () => {
  it('begins as pending without a key', () => {
    expect(newRecord('east', at(0))).toMatchObject({
      state: 'pending',
      reason: undefined,
      content: undefined,
    });
  });

  it('is synced by a good read', () => {
    expect(synced(3)).toMatchObject({
      state: 'synced',
      reason: 'ok',
      content: content('good'),
      lastSuccess: at(3).wall,
    });
  });

  it('is as fresh as the news that nothing has changed, and keeps its key for so much longer', () => {
    const confirmed = afterConfirmation(synced(3), at(20));

    expect(confirmed).toMatchObject({ state: 'synced', lastSuccess: at(20).wall, since: at(3).wall });
    expect(keyExpiresAtMs(afterRead(confirmed, failure('timeout'), at(21)), WITH_TTL)).toBe(80 * MINUTE_MS);
  });

  it.each(['timeout', 'not_found', 'invalid_payload'] as const)(
    'is no better after %s because nothing has changed since',
    (reason) => {
      const record = afterRead(synced(), failure(reason), at(1));

      expect(afterConfirmation(record, at(2))).toBe(record);
    },
  );

  it.each(FAILURES)('keeps its key for ever after the failure %s, and is stale', (reason) => {
    const record = afterRead(synced(), failure(reason), at(1));

    expect(record).toMatchObject({ state: 'stale', reason, content: content('good'), outdated: true });
    expect(keyExpiresAtMs(record, DEFAULT_POLICY)).toBe(NEVER);
  });

  it.each(FAILURES)('keeps its key for MCCE_STALE_TTL after the failure %s, if that is set', (reason) => {
    const record = afterRead(synced(10), failure(reason), at(30));

    expect(keyExpiresAtMs(record, WITH_TTL)).toBe(70 * MINUTE_MS);
  });

  it('keeps its key for MCCE_MISSING_GRACE after the first not_found', () => {
    const first = afterRead(synced(), failure('not_found'), at(1));
    const second = afterRead(first, failure('not_found'), at(4));

    expect(second).toMatchObject({ state: 'missing', reason: 'not_found', content: content('good') });
    expect(keyExpiresAtMs(second, DEFAULT_POLICY)).toBe(6 * MINUTE_MS);
    expect(keyExpiresAtMs(second, WITH_TTL)).toBe(6 * MINUTE_MS);
  });

  it('keeps its key while reads fail, even if the source was missing before', () => {
    const missing = afterRead(synced(), failure('not_found'), at(1));
    const failing = afterRead(missing, failure('timeout'), at(2));

    expect(failing.state).toBe('stale');
    expect(keyExpiresAtMs(failing, DEFAULT_POLICY)).toBe(NEVER);
  });

  it('counts the grace from the first not_found, whatever failed in between', () => {
    const missing = afterRead(synced(), failure('not_found'), at(1));
    const failing = afterRead(missing, failure('timeout'), at(2));
    const missingAgain = afterRead(failing, failure('not_found'), at(3));

    expect(keyExpiresAtMs(missingAgain, DEFAULT_POLICY)).toBe(6 * MINUTE_MS);
  });

  it('starts the grace anew when the source was there in between', () => {
    const missing = afterRead(synced(), failure('not_found'), at(1));
    const back = afterRead(missing, { reason: 'ok', content: content('back') }, at(2));
    const missingAgain = afterRead(back, failure('not_found'), at(10));

    expect(keyExpiresAtMs(missingAgain, DEFAULT_POLICY)).toBe(15 * MINUTE_MS);
  });

  it('never publishes again what was removed', () => {
    const removed = withoutContent(afterRead(synced(), failure('not_found'), at(1)), at(6));
    const failing = afterRead(removed, failure('timeout'), at(7));

    expect(removed).toMatchObject({ state: 'missing', content: undefined });
    expect(failing).toMatchObject({ state: 'pending', reason: 'timeout', content: undefined });
  });

  it('is pending, not stale, when it fails before it was ever read', () => {
    expect(afterRead(newRecord('east', at(0)), failure('tls'), at(1))).toMatchObject({
      state: 'pending',
      reason: 'tls',
    });
  });

  it('keeps its key when its entry is rejected, and waits for a read when it is accepted again', () => {
    const rejected = afterRejection(synced(), failure('unsafe_entry'), at(1));
    const accepted = afterAcceptance(rejected, at(2));

    expect(rejected).toMatchObject({
      state: 'rejected',
      reason: 'unsafe_entry',
      content: content('good'),
      outdated: true,
    });
    expect(accepted).toMatchObject({
      state: 'pending',
      reason: undefined,
      content: content('good'),
      outdated: true,
    });
  });

  it('begins after a restart with what the aggregate held', () => {
    const restored = withRestoredContent(newRecord('east', at(0)), content('held'), true, at(0));

    expect(restored).toMatchObject({ state: 'pending', content: content('held'), outdated: true });
    expect(keyExpiresAtMs(restored, DEFAULT_POLICY)).toBe(NEVER);
    expect(keyExpiresAtMs(restored, WITH_TTL)).toBe(60 * MINUTE_MS);
  });

  it('tells since when it is in a state for a reason', () => {
    const first = afterRead(synced(), failure('timeout'), at(1));
    const second = afterRead(first, failure('timeout'), at(2));
    const third = afterRead(second, failure('dns'), at(3));

    expect([first.since, second.since, third.since]).toEqual([at(1).wall, at(1).wall, at(3).wall]);
  });
});
