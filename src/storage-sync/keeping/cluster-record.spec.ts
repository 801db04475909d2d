import { describe, expect, it } from 'vitest';
import { type FailureReason, REASONS } from '../../kube/failures/reason.ts';
import {
  afterAcceptance,
  afterConfirmation,
  afterDeparture,
  afterLossOfRegistry,
  afterRead,
  afterRejection,
  type ClusterRecord,
  type Instant,
  keyExpiresAtMs,
  newRecord,
  type RememberedState,
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

  it.each(FAILURES)('keeps its key forever after the failure %s, and is stale', (reason) => {
    const record = afterRead(synced(), failure(reason), at(1));

    expect(record).toMatchObject({
      state: 'stale',
      reason,
      content: content('good'),
      outdatedAtMs: MINUTE_MS,
    });
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

  it('starts the grace again when the source was there in between', () => {
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

  it('is pending, not stale, when it fails before it was usual read', () => {
    expect(afterRead(newRecord('east', at(0)), failure('tls'), at(1))).toMatchObject({
      state: 'pending',
      reason: 'tls',
    });
  });

  it('keeps its key when its entry is rejected, and waits for a read when it is accepted again', () => {
    const rejected = afterRejection(synced(), 'secret', failure('unsafe_entry'), at(1));
    const accepted = afterAcceptance(rejected, 'secret', at(2));

    expect(rejected).toMatchObject({
      state: 'rejected',
      reason: 'unsafe_entry',
      content: content('good'),
      outdatedAtMs: MINUTE_MS,
    });
    expect(accepted).toMatchObject({
      state: 'pending',
      reason: undefined,
      content: content('good'),
      outdatedAtMs: MINUTE_MS,
    });
  });

  it('begins after a restart with what the aggregate held', () => {
    const restored = withRestoredContent(newRecord('east', at(0)), content('held'), undefined, at(0));

    expect(restored).toMatchObject({ state: 'pending', content: content('held'), outdatedAtMs: undefined });
    expect(keyExpiresAtMs(restored, DEFAULT_POLICY)).toBe(NEVER);
    expect(keyExpiresAtMs(restored, WITH_TTL)).toBe(60 * MINUTE_MS);
  });

  describe('after a restart, of which the aggregate remembers', () => {
    const memory = (change: Partial<RememberedState> = {}): RememberedState => ({
      state: 'stale',
      reason: 'connect',
      since: at(10).wall,
      lastSuccess: at(9).wall,
      removed: false,
      ...change,
    });
    const restored = (change: Partial<RememberedState> = {}, now = at(100)) =>
      withRestoredContent(newRecord('east', now), content('held'), memory(change), now);

    it('a failure, is in that state since then', () => {
      expect(restored()).toMatchObject({
        state: 'stale',
        reason: 'connect',
        since: at(10).wall,
        lastSuccess: at(9).wall,
      });
    });

    it('a failure, continues with it when it fails in the same way', () => {
      expect(afterRead(restored(), failure('connect'), at(101))).toMatchObject({
        state: 'stale',
        since: at(10).wall,
        lastSuccess: at(9).wall,
        outdatedAtMs: 10 * MINUTE_MS,
      });
    });

    it('a failure, counts the TTL from the last success, once a read has failed', () => {
      expect(keyExpiresAtMs(restored(), WITH_TTL)).toBe(NEVER);
      expect(keyExpiresAtMs(afterRead(restored(), failure('dns'), at(101)), WITH_TTL)).toBe(69 * MINUTE_MS);
    });

    it('a failure without a success, counts the TTL from the failure', () => {
      const failing = afterRead(restored({ lastSuccess: undefined }), failure('dns'), at(101));

      expect(keyExpiresAtMs(failing, WITH_TTL)).toBe(70 * MINUTE_MS);
    });

    it('a missing source, counts the grace from when it was first missed, once it is missing again', () => {
      const missing = restored({ state: 'missing', reason: 'not_found' });

      expect(keyExpiresAtMs(missing, DEFAULT_POLICY)).toBe(NEVER);
      expect(keyExpiresAtMs(afterRead(missing, failure('not_found'), at(101)), DEFAULT_POLICY)).toBe(
        15 * MINUTE_MS,
      );
    });

    it('a time that has not come yet, counts from now', () => {
      const failing = afterRead(restored({ lastSuccess: at(500).wall }), failure('dns'), at(101));

      expect(keyExpiresAtMs(failing, WITH_TTL)).toBe(160 * MINUTE_MS);
      expect(failing.lastSuccess).toEqual(at(100).wall);
      expect(restored({ since: at(500).wall }).since).toEqual(at(100).wall);
    });

    it('a failure, is in that state since then, also when a read fails before anybody could look', () => {
      const failed = afterRead(newRecord('east', at(100)), failure('dns'), at(100));
      const later = withRestoredContent(failed, content('held'), memory(), at(101));

      expect(later).toMatchObject({ state: 'stale', reason: 'dns', since: at(10).wall });
      expect(afterRead(later, failure('dns'), at(102)).since).toEqual(at(10).wall);
    });

    it('a refusal, is refused since then if it still is, and pending if it is not', () => {
      const remembered = memory({ state: 'rejected', reason: 'unsafe_entry' });
      const rejected = afterRejection(newRecord('east', at(100)), 'secret', failure('unsafe_entry'), at(100));

      expect(withRestoredContent(rejected, content('held'), remembered, at(100)).since).toEqual(at(10).wall);
      expect(restored({ state: 'rejected', reason: 'unsafe_entry' })).toMatchObject({
        state: 'pending',
        reason: undefined,
        lastSuccess: at(9).wall,
      });
    });
  });

  it('never expires while its registry is not there, however long its source is gone', () => {
    const kept = afterLossOfRegistry(afterRead(synced(), failure('not_found'), at(1)));

    expect(keyExpiresAtMs(kept, WITH_TTL)).toBe(NEVER);
    expect(afterAcceptance(kept, 'secret', at(2)).kept).toBe(false);
    expect(afterDeparture(kept, at(2))).toMatchObject({ kept: false, goneSince: at(2).wall });
  });

  it('is outdated from when its entry left the registry, and is its old self when that is back', () => {
    const gone = afterDeparture(synced(), at(1));

    expect(gone).toMatchObject({ state: 'synced', goneSince: at(1).wall, outdatedAtMs: MINUTE_MS });
    expect(afterDeparture(gone, at(2))).toEqual(gone);
    expect(
      keyExpiresAtMs(afterDeparture(afterRead(synced(), failure('not_found'), at(1)), at(2)), WITH_TTL),
    ).toBe(NEVER);
    expect(afterAcceptance(gone, 'secret', at(3))).toMatchObject({ state: 'synced', goneSince: undefined });
  });

  it('tells since when it is in a state, whatever the reasons are', () => {
    const first = afterRead(synced(), failure('timeout'), at(1));
    const second = afterRead(first, failure('timeout'), at(2));
    const third = afterRead(second, failure('dns'), at(3));

    expect([first, second, third].map(({ since }) => since)).toEqual([at(1).wall, at(1).wall, at(1).wall]);
    expect(afterRead(third, failure('not_found'), at(4)).since).toEqual(at(4).wall);
  });
});
