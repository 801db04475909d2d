import { explain } from '../../base/errors/explanation.ts';
import { since } from '../age.ts';
import { expiryCell } from '../expiry-cell.ts';
import { type Cell, formatTable } from '../table.ts';
import type { Display, Tone } from '../terminal.ts';
import { counted, named } from '../selection.ts';
import { STATES } from './states.ts';
import type { ClusterStatus, Problem, StatusDocument } from './status-document.ts';

const COLUMNS = ['NAME', 'STATE', 'REASON', 'SINCE', 'LAST-SUCCESS', 'CREDENTIALS'];
const WIDE_COLUMNS = ['WATCH', 'SERVER', 'MESSAGE'];
/** Lines about problems. */
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

/** A status for people: how many clusters are in which state, the Secrets of the hub, the clusters, and what is wrong with them. */
export function statusTable(
  status: StatusDocument,
  display: Display,
  { wide = false, now = Date.now() } = {},
): string {
  const clusters = troubledFirst(status);
  // A wide table has a message beside every cluster.
  const problems = status.problems.filter(
    ({ severity, subject }) => !wide || severity === 'warning' || !subject.startsWith('cluster/'),
  );
  return [
    statusSummary(status, display, { wide, now }),
    clusters.length === 0 ? 'No cluster.' : clustersTable(clusters, display, wide, now),
    ...(problems.length === 0 ? [] : [problemLines(problems)]),
  ].join('\n\n');
}

/** The status without its clusters, for a screen that has no room for them. */
export function statusSummary(
  status: StatusDocument,
  display: Display,
  { wide = false, now = Date.now() } = {},
): string {
  const states = status.clusters.map(({ state }) => state);
  return [counted(['cluster', 'clusters'], states, STATES), secretsTable(status, display, wide, now)].join(
    '\n\n',
  );
}

/** The clusters, those with a problem first, the worst of them at the top. */
export function troubledFirst({ clusters, problems }: StatusDocument): ClusterStatus[] {
  const about = (severity: Problem['severity']) =>
    new Set(
      problems.filter((problem) => problem.severity === severity).map(({ subject }) => subject.split('/')[1]),
    );
  const [failing, warned] = [about('error'), about('warning')];
  const rank = ({ name, state }: ClusterStatus) =>
    (failing.has(name) ? 0 : warned.has(name) ? 100 : 200) + STATES.indexOf(state);
  return clusters.toSorted((a, b) => rank(a) - rank(b));
}

/** One line for each problem, and one for those that many share; and how many more there are. Errors first. */
export function problemLines(problems: readonly ProblemText[]): string {
  const lines = ['error', 'warning'].flatMap((severity) =>
    collapsed(problems.filter((problem) => (problem.severity ?? 'error') === severity)).map((line) =>
      severity === 'warning' ? `warning: ${line}` : line,
    ),
  );
  const more = lines.length - SPELLED_OUT;
  return [
    ...lines.slice(0, SPELLED_OUT),
    ...(more > 0 ? [`… and ${more} more; -o json has them all`] : []),
  ].join('\n');
}

/** What of a problem is printed. */
type ProblemText = Pick<Problem, 'subject' | 'message' | 'remedy'> &
  Partial<Pick<Problem, 'code' | 'severity' | 'command'>>;

/** Above this many lines of one code they become one. */
const ALIKE = 3;

function collapsed(problems: readonly ProblemText[]): string[] {
  const byCode = Map.groupBy(problems, ({ code, subject }) => code ?? subject);
  return [...byCode.values()].flatMap((alike) => {
    const byText = Map.groupBy(alike, explain);
    const subjects = (some: readonly ProblemText[]) => named(some.map(({ subject }) => subject));
    if (byText.size > ALIKE) return [`${subjects(alike)}: such as: ${explain(alike[0] as ProblemText)}`];
    return [...byText].map(([text, some]) => `${subjects(some)}: ${text}${commandOf(some)}`);
  });
}

/** What to run, where that is the same for all of them. */
function commandOf([first, ...others]: readonly ProblemText[]): string {
  const command = first?.command;
  const isShared = others.every((other) => other.command === command);
  return command !== undefined && isShared ? ` Run: ${command}` : '';
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
