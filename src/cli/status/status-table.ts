import { explain } from '../../base/errors/explanation.ts';
import { since } from '../age.ts';
import { expiryCell } from '../expiry-cell.ts';
import { type Cell, formatTable } from '../table.ts';
import type { Display, Tone } from '../terminal.ts';
import { type ClusterStatus, errorsOf, type Problem, type StatusDocument } from './status-document.ts';

const COLUMNS = ['NAME', 'STATE', 'REASON', 'SINCE', 'LAST-SUCCESS', 'CREDENTIALS'];
const WIDE_COLUMNS = ['WATCH', 'SERVER', 'MESSAGE'];
/** Problems that are spelled out below the table. */
const SPELLED_OUT = 10;

const TONES: Record<
  ClusterStatus['state'] | StatusDocument['registry']['state'] | StatusDocument['aggregate']['state'],
  Tone
> = {
  synced: 'good',
  pending: 'warning',
  stale: 'warning',
  missing: 'bad',
  rejected: 'bad',
  present: 'good',
  unknown: 'warning',
  empty: 'bad',
  all_rejected: 'bad',
  published: 'good',
  waiting: 'warning',
  paused: 'warning',
  contested: 'bad',
  failing: 'bad',
};

/** A status for people: the Secrets of the hub, the clusters, and what is wrong with them. */
export function statusTable(
  status: StatusDocument,
  display: Display,
  { wide = false, now = Date.now() } = {},
): string {
  // A wide table has a message beside every cluster.
  const problems = errorsOf(status).filter(({ subject }) => !wide || !subject.startsWith('cluster/'));
  return [
    secretsTable(status, display, wide, now),
    status.clusters.length === 0
      ? 'The registry names no cluster.'
      : clustersTable(status.clusters, display, wide, now),
    ...(problems.length === 0 ? [] : [problemLines(problems)]),
  ].join('\n\n');
}

/** One line for each problem, and how many more there are. */
export function problemLines(problems: readonly Pick<Problem, 'subject' | 'message' | 'remedy'>[]): string {
  const more = problems.length - SPELLED_OUT;
  return [
    ...problems.slice(0, SPELLED_OUT).map((problem) => `${problem.subject}: ${explain(problem)}`),
    ...(more > 0 ? [`… and ${more} more; -o wide has them all`] : []),
  ].join('\n');
}

function secretsTable(
  { registry, aggregate }: StatusDocument,
  display: Display,
  wide: boolean,
  now: number,
): string {
  const nearlyFull = aggregate.nearlyFullSince !== undefined;
  const size = `${binarySize(aggregate.bytes)} of ${binarySize(aggregate.limitBytes)}`;
  const name = ({ secret }: { secret: { namespace: string; name: string } }) =>
    wide ? [`${secret.namespace}/${secret.name}`] : [];
  return formatTable(
    ['', 'STATE', 'SINCE', 'KEYS', 'SIZE', 'LAST-WRITE', ...(wide ? ['SECRET'] : [])],
    [
      [
        'registry',
        stateCell(registry.state, display),
        since(registry.since, now),
        String(registry.entries),
        '',
        '',
        ...name(registry),
      ],
      [
        'aggregate',
        stateCell(aggregate.state, display),
        since(aggregate.since, now),
        String(aggregate.keys),
        { text: size, paint: (text) => (nearlyFull ? display.tone('warning', text) : text) },
        ago(aggregate.lastWrite, now),
        ...name(aggregate),
      ],
    ],
  );
}

function clustersTable(
  clusters: readonly ClusterStatus[],
  display: Display,
  wide: boolean,
  now: number,
): string {
  return formatTable(
    [...COLUMNS, ...(wide ? WIDE_COLUMNS : [])],
    clusters.map((cluster): Cell[] => [
      cluster.name,
      stateCell(cluster.state, display),
      cluster.reason ?? '',
      since(cluster.since, now),
      ago(cluster.lastSuccess, now),
      expiryCell(cluster.credentials ?? [], display, now),
      ...(wide ? [watchCell(cluster, display), cluster.server ?? '', messageOf(cluster)] : []),
    ]),
  );
}

function messageOf({ message, remedy }: ClusterStatus): string {
  return message === undefined ? '' : explain({ message, remedy });
}

function stateCell(state: keyof typeof TONES, display: Display): Cell {
  return { text: state, paint: (text) => display.tone(TONES[state], text) };
}

function watchCell({ watch }: ClusterStatus, display: Display): Cell {
  if (!watch) return '';
  if (watch.connected) return 'connected';
  return { text: 'lost', paint: (text) => display.tone('warning', text) };
}

function ago(time: string | undefined, now: number): string {
  return time === undefined ? '' : `${since(time, now)} ago`;
}

/** `1.3 KiB`, `12 KiB`, `1 MiB`: rounded up, with one decimal below ten. */
function binarySize(bytes: number): string {
  const kib = bytes / 1_024;
  const [value, unit] = kib < 1_024 ? [kib, 'KiB'] : [kib / 1_024, 'MiB'];
  return `${value < 10 ? Math.ceil(value * 10) / 10 : Math.ceil(value)} ${unit}`;
}
