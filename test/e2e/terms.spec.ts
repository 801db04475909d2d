import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../api-server/audit-log.ts';
import { termsOf, writesOf, writesOutsideOfTerms } from './terms.ts';

describe('the checker of the audit log', () => {
  const at = (seconds: number) => `2026-01-01T00:00:${seconds.toFixed(6).padStart(9, '0')}Z`;
  const event = (
    resource: string,
    name: string,
    username: string,
    from: number,
    until: number,
  ): AuditEvent => ({
    verb: 'patch',
    user: { username },
    objectRef: { resource, name },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: at(from),
    stageTimestamp: at(until),
  });
  const lease = (
    username: string,
    holderIdentity: string,
    from: number,
    until = from + 0.01,
  ): AuditEvent => ({
    ...event('leases', 'multi-cluster-config-exporter', username, from, until),
    responseObject: { spec: { holderIdentity } },
  });
  const write = (username: string, from: number, until = from + 0.01) =>
    event('secrets', 'aggregate', username, from, until);
  const outside = (events: readonly AuditEvent[]) =>
    writesOutsideOfTerms(events, 'aggregate').map(({ user, from }) => [user, from]);

  it('ignores the Leases of others, such as that of the API server itself', () => {
    const theirs = {
      ...lease('system:apiserver', 'apiserver-1', 2),
      objectRef: { resource: 'leases', name: 'apiserver-1' },
    };

    expect(termsOf([lease('a', 'a-1', 1), theirs, lease('a', 'a-1', 3)])).toEqual([
      { user: 'a', holder: 'a-1', renewals: [at(1), at(3)], until: undefined },
    ]);
  });

  it('reads the terms, with their renewals', () => {
    const events = [
      lease('a', '', 0),
      lease('a', 'a-1', 1),
      lease('a', 'a-1', 3),
      lease('a', '', 5),
      lease('b', 'b-1', 6),
      lease('a', 'a-2', 30),
    ];

    expect(termsOf(events)).toEqual([
      { user: 'a', holder: 'a-1', renewals: [at(1), at(3)], until: at(5) },
      { user: 'b', holder: 'b-1', renewals: [at(6)], until: at(30.01) },
      { user: 'a', holder: 'a-2', renewals: [at(30)], until: undefined },
    ]);
  });

  it('finds nothing where every write lies within the writer’s term', () => {
    const events = [
      lease('a', 'a-1', 1),
      write('a', 2),
      lease('a', '', 5),
      lease('b', 'b-1', 6),
      write('b', 7),
    ];

    expect(writesOf(events, 'aggregate')).toHaveLength(2);
    expect(outside(events)).toEqual([]);
  });

  it.each([
    ['before its first term', [write('a', 0.5), lease('a', 'a-1', 1)]],
    ['after it gave the Lease back', [lease('a', 'a-1', 1), lease('a', '', 2), write('a', 3)]],
    ['after another took over', [lease('a', 'a-1', 1), lease('b', 'b-1', 20), write('a', 21)]],
    [
      'that another’s acquisition overtook',
      [lease('a', 'a-1', 1), lease('b', 'b-1', 20), write('a', 19, 22)],
    ],
    [
      'between two terms of its own',
      [lease('a', 'a-1', 1), lease('b', 'b-1', 20), write('a', 25), lease('a', 'a-1', 30)],
    ],
  ])('finds a write %s', (_when, events) => {
    expect(outside(events)).toHaveLength(1);
  });

  it('finds a write within the term, after the renewal before it counted no more', () => {
    const events = [
      lease('a', 'a-1', 1),
      lease('a', 'a-1', 3),
      write('a', 13),
      write('a', 14),
      lease('a', 'a-1', 15),
    ];

    expect(outside(events)).toEqual([['a', at(14)]]);
  });

  it('counts a write that was refused: it should not have been sent', () => {
    const refused = { ...write('a', 21), responseStatus: { code: 409 } };
    const events = [lease('a', 'a-1', 1), lease('b', 'b-1', 20), refused];

    expect(outside(events)).toEqual([['a', at(21)]]);
  });

  it('passes over writes of other Secrets, and of people', () => {
    const events = [
      lease('a', 'a-1', 1),
      lease('b', 'b-1', 20),
      event('secrets', 'other', 'a', 22, 23),
      write('admin', 24),
    ];

    expect(outside(events)).toEqual([]);
  });
});
