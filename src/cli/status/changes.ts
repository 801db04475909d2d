import type { StatusDocument } from './status-document.ts';

/** What a line tells of: a cluster, or one of the Secrets on the hub by namespace and name. */
type Conditions = ReadonlyMap<string, { readonly condition: string; readonly since: string }>;

/**
 * What has changed between two statuses, a line each and the oldest first: `2026-11-23T10:00:00Z east stale timeout`. Without a
 * first one everything is new.
 *
 * @param now the time of what has gone, since nobody says when it went
 */
export function changeLines(
  before: StatusDocument | undefined,
  after: StatusDocument,
  now = new Date(),
): string[] {
  const old: Conditions = before ? conditionsOf(before) : new Map();
  const current = conditionsOf(after);
  const changed = [...current].filter(
    ([subject, { condition }]) => old.get(subject)?.condition !== condition,
  );
  const gone = [...old.keys()].filter((subject) => !current.has(subject));
  return [
    ...changed.map(([subject, { since, condition }]) => `${moment(since)} ${subject} ${condition}`),
    ...gone.map((subject) => `${moment(now)} ${subject} removed`),
  ].toSorted();
}

function conditionsOf({ registry, aggregate, clusters }: StatusDocument): Conditions {
  return new Map<string, { condition: string; since: string }>([
    ...[registry, aggregate].map(
      ({ secret, state, since }) =>
        [`${secret.namespace}/${secret.name}`, { condition: state, since }] as const,
    ),
    ...clusters.map(
      ({ name, state, reason, since }) =>
        [name, { condition: [state, reason].filter(Boolean).join(' '), since }] as const,
    ),
  ]);
}

/** To the second. */
export function moment(time: string | Date): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
