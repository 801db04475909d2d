import type { AuditEvent } from '../api-server/audit-log.ts';

/** API servers hold Leases of their own (KEP-1965). */
const LEASE = 'multi-cluster-config-exporter';

/** A time in which one user held the Lease, as the API server saw it. Times as in the audit log. */
export interface ObservedTerm {
  user: string;
  holder: string;
  /** When each request arrived that took or renewed the Lease; the first one took it. */
  renewals: string[];
  /** When it was given back, or when the request that took it from the holder ended; undefined: it goes on. */
  until: string | undefined;
}

/** A request to write the aggregate, carried out or refused. */
export interface ObservedWrite {
  user: string;
  from: string;
  until: string;
}

/** How long a leader may write after a renewal (contract of the election), and what the clocks of a test may be late by. */
const RENEWAL_COUNTS_MS = 10_000;
const TOLERANCE_MS = 500;

/** Who held the Lease, in order. */
export function termsOf(events: readonly AuditEvent[]): ObservedTerm[] {
  const terms: ObservedTerm[] = [];
  for (const event of leaseChanges(events)) {
    const holder = event.responseObject?.spec?.holderIdentity ?? '';
    const current = terms.at(-1);
    if (current?.until === undefined && current?.holder === holder) {
      current.renewals.push(event.requestReceivedTimestamp);
      continue;
    }
    if (current && current.until === undefined) {
      // Who gives the Lease back must not write from that request on; who loses it, until it was lost.
      current.until = holder === '' ? event.requestReceivedTimestamp : event.stageTimestamp;
    }
    if (holder === '') continue;
    const user = event.user.username;
    terms.push({ user, holder, renewals: [event.requestReceivedTimestamp], until: undefined });
  }
  return terms;
}

/** What anyone who ever held the Lease sent to change the aggregate. Refused writes count: they should not have been sent. */
export function writesOf(events: readonly AuditEvent[], aggregate: string): ObservedWrite[] {
  const candidates = new Set(termsOf(events).map(({ user }) => user));
  return inOrder(events)
    .filter(({ objectRef }) => objectRef?.resource === 'secrets' && objectRef.name === aggregate)
    .filter(({ user }) => candidates.has(user.username))
    .map(({ user, requestReceivedTimestamp, stageTimestamp }) => ({
      user: user.username,
      from: requestReceivedTimestamp,
      until: stageTimestamp,
    }));
}

/**
 * The writes that do not lie, from their arrival to their end, within a term of who sent them, or that arrived when the renewal
 * before them counted no more.
 */
export function writesOutsideOfTerms(events: readonly AuditEvent[], aggregate: string): ObservedWrite[] {
  const terms = termsOf(events);
  return writesOf(events, aggregate).filter((write) => !terms.some((term) => covers(term, write)));
}

function covers({ user, renewals, until }: ObservedTerm, write: ObservedWrite): boolean {
  const latest = renewals.findLast((renewal) => renewal <= write.from);
  if (user !== write.user || latest === undefined) return false;
  const age = Date.parse(write.from) - Date.parse(latest);
  return age <= RENEWAL_COUNTS_MS + TOLERANCE_MS && (until === undefined || write.until <= until);
}

function leaseChanges(events: readonly AuditEvent[]): AuditEvent[] {
  return inOrder(events).filter(
    ({ objectRef, responseStatus }) =>
      objectRef?.resource === 'leases' && objectRef.name === LEASE && (responseStatus?.code ?? 500) < 300,
  );
}

function inOrder(events: readonly AuditEvent[]): AuditEvent[] {
  return events.toSorted((one, other) => (one.stageTimestamp < other.stageTimestamp ? -1 : 1));
}
