import type { AuditEvent } from '../api-server/audit-log.ts';

/** A time in which one user held the Lease, as the API server saw it. Times as in the audit log. */
export interface ObservedTerm {
  user: string;
  holder: string;
  /** When the request that took the Lease arrived. */
  from: string;
  /** When it was given back, or when the request that took it from the holder ended; undefined: it goes on. */
  until: string | undefined;
}

/** A write of the aggregate that was carried out. */
export interface ObservedWrite {
  user: string;
  from: string;
  until: string;
}

/** Who held the Lease, in order. */
export function termsOf(events: readonly AuditEvent[]): ObservedTerm[] {
  const terms: ObservedTerm[] = [];
  for (const event of carriedOut(events, 'leases')) {
    const holder = event.responseObject?.spec?.holderIdentity ?? '';
    const current = terms.at(-1);
    const goesOn = current?.until === undefined && current?.holder === holder;
    if (goesOn) continue;
    if (current && current.until === undefined) {
      // Who gives the Lease back must not write from that request on; who loses it, until it was lost.
      current.until = holder === '' ? event.requestReceivedTimestamp : event.stageTimestamp;
    }
    if (holder === '') continue;
    terms.push({ user: event.user.username, holder, from: event.requestReceivedTimestamp, until: undefined });
  }
  return terms;
}

/** The writes of the aggregate by anyone who ever held the Lease. */
export function writesOf(events: readonly AuditEvent[], aggregate: string): ObservedWrite[] {
  const candidates = new Set(termsOf(events).map(({ user }) => user));
  return carriedOut(events, 'secrets')
    .filter(({ objectRef, user }) => objectRef?.name === aggregate && candidates.has(user.username))
    .map(({ user, requestReceivedTimestamp, stageTimestamp }) => ({
      user: user.username,
      from: requestReceivedTimestamp,
      until: stageTimestamp,
    }));
}

/** The writes that do not lie, from their arrival to their end, within a term of who sent them. */
export function writesOutsideOfTerms(events: readonly AuditEvent[], aggregate: string): ObservedWrite[] {
  const terms = termsOf(events);
  return writesOf(events, aggregate).filter(
    (write) =>
      !terms.some(
        ({ user, from, until }) =>
          user === write.user && from <= write.from && (until === undefined || write.until <= until),
      ),
  );
}

function carriedOut(events: readonly AuditEvent[], resource: string): AuditEvent[] {
  return events
    .filter(
      ({ objectRef, responseStatus }) =>
        objectRef?.resource === resource && (responseStatus?.code ?? 500) < 300,
    )
    .toSorted((one, other) => (one.stageTimestamp < other.stageTimestamp ? -1 : 1));
}
