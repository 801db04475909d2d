import type { Fleet } from '../model/fleet.ts';
import { clusterOf, type ProblemGroup } from '../model/problem-groups.ts';
import { counted, titleOf, visible } from '../model/text.ts';
import type { View } from '../model/view.ts';
import { CommandLine } from './command.tsx';
import { Icon } from './icon.tsx';
import { Ago } from './time.tsx';

/** Subjects that a card names. */
const NAMED = 8;

interface ProblemsProps {
  fleet: Fleet;
  groups: readonly ProblemGroup[];
  now: number;
  open: (cluster: string) => void;
  changeView: (change: Partial<View>) => void;
}

/** What is wrong and what to do about it, grouped by remedy. */
export function Problems({ groups, ...rest }: ProblemsProps) {
  return (
    <section class="problems" aria-labelledby="problems">
      <h2 id="problems">
        Problems <span class="tally">{groups.length}</span>
      </h2>
      {groups.length === 0 ? (
        <p class="all-well quiet">Nothing needs your attention.</p>
      ) : (
        <ul>
          {groups.map((group) => (
            <ProblemCard key={group.key} group={group} {...rest} />
          ))}
        </ul>
      )}
    </section>
  );
}

function ProblemCard({
  group,
  fleet,
  now,
  open,
  changeView,
}: Omit<ProblemsProps, 'groups'> & { group: ProblemGroup }) {
  const { code, severity, message, differing, remedy, problems } = group;
  const [oldest] = problems;
  const command = problems.find((problem) => problem.command !== undefined)?.command;
  const showAll = () => {
    changeView({ problem: code, state: undefined });
    document.getElementById('clusters')?.scrollIntoView();
  };
  return (
    <li class={`problem ${severity}`}>
      <div class="head">
        <h3>
          <Icon name={severity} />
          {titleOf(code)}
          {severity === 'warning' && <span class="hidden"> (warning)</span>}
        </h3>
        <span class="since quiet">for {oldest && <Ago time={oldest.since} now={now} />}</span>
      </div>
      <p class="message">
        {visible(message)}
        {differing > 0 && (
          <span class="quiet">
            {' '}
            {counted(differing, 'other', 'others')} {differing === 1 ? 'differs' : 'differ'} in detail.
          </span>
        )}
      </p>
      {remedy !== undefined && <p class="remedy">{visible(remedy)}</p>}
      <Subjects group={group} fleet={fleet} open={open} showAll={showAll} />
      {command !== undefined && <CommandLine command={command} />}
    </li>
  );
}

function Subjects({
  group: { problems },
  fleet,
  open,
  showAll,
}: {
  group: ProblemGroup;
  fleet: Fleet;
  open: (cluster: string) => void;
  showAll: () => void;
}) {
  const more = problems.length - NAMED;
  return (
    <div class="subjects">
      {problems.slice(0, NAMED).map((problem) => {
        const cluster = clusterOf(problem, fleet.clusters);
        const text = visible(cluster ?? problem.subject);
        const title = visible(problem.message);
        return cluster === undefined ? (
          <span key={problem.subject} class="chip" title={title}>
            {text}
          </span>
        ) : (
          <button
            key={problem.subject}
            type="button"
            class="chip"
            title={title}
            onClick={() => open(cluster)}
          >
            <bdi>{text}</bdi>
          </button>
        );
      })}
      {more > 0 && (
        <button type="button" class="link" onClick={showAll}>
          Show all {counted(problems.length, 'cluster')}
        </button>
      )}
    </div>
  );
}
