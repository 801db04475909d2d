import type { Fleet } from '../model/fleet.ts';
import type { ProblemGroup } from '../model/problem-groups.ts';
import { counted, titleOf } from '../model/text.ts';
import { STATES, type View } from '../model/view.ts';
import type { State } from '../model/wire.ts';
import { Icon } from './icon.tsx';
import { Ago } from './time.tsx';

interface VerdictProps {
  fleet: Fleet;
  groups: readonly ProblemGroup[];
  now: number;
  view: View;
  changeView: (change: Partial<View>) => void;
}

/** Whether all is well, and how many clusters are in each state. */
export function Verdict({ fleet, groups, now, view, changeView }: VerdictProps) {
  const { title, tone } = verdictOf(fleet, groups);
  const { counts, aggregate } = fleet.summary;
  const total = fleet.clusters.size;
  return (
    <section class="verdict" aria-labelledby="verdict">
      <h1 id="verdict" class={`tone-${tone}`}>
        <Icon name={tone} />
        <span>{title}</span>
      </h1>
      <p class="quiet">
        {counted(aggregate.keys, 'key')} in the aggregate
        {aggregate.lastWrite !== undefined && (
          <>
            , last written <Ago time={aggregate.lastWrite} now={now} /> ago
          </>
        )}
        .
      </p>
      <div class="bar" aria-hidden="true">
        {STATES.toReversed()
          .filter((state) => counts[state] > 0)
          .map((state) => (
            <span key={state} class={`fill-${state}`} style={{ flexGrow: counts[state] }} />
          ))}
      </div>
      <div class="states" role="group" aria-label="Show the clusters that are">
        <StateButton
          label="All"
          count={total}
          pressed={!view.state}
          choose={() => changeView({ state: undefined })}
        />
        {STATES.toReversed().map((state) => (
          <StateButton
            key={state}
            state={state}
            label={titleOf(state)}
            count={counts[state]}
            pressed={view.state === state}
            choose={() => changeView({ state: view.state === state ? undefined : state })}
          />
        ))}
      </div>
    </section>
  );
}

function StateButton({
  state,
  label,
  count,
  pressed,
  choose,
}: {
  state?: State;
  label: string;
  count: number;
  pressed: boolean;
  choose: () => void;
}) {
  return (
    <button
      type="button"
      class={`state ${count === 0 ? 'none' : ''}`}
      aria-pressed={pressed}
      onClick={choose}
    >
      <span class="label">
        {state && <Icon name={state} />}
        {label}
      </span>
      <span class="count">{count.toLocaleString('en')}</span>
    </button>
  );
}

/** The state of the fleet in a few words. */
export function verdictOf(
  { clusters, summary }: Pick<Fleet, 'clusters' | 'summary'>,
  groups: readonly ProblemGroup[],
): { title: string; tone: 'synced' | 'warning' | 'error' | 'pending' } {
  if (summary.leadership.role === 'standby') return { title: 'Standing by', tone: 'pending' };
  const first = groups.find(({ severity }) => severity === 'error');
  if (!first)
    return groups.length > 0
      ? { title: 'In sync, with a warning', tone: 'warning' }
      : { title: 'Everything is in sync', tone: 'synced' };
  if (!first.problems.some(({ subject }) => subject.startsWith('cluster/')))
    return { title: titleOf(first.code), tone: 'error' };
  const affected = clusters.size - summary.counts.synced;
  return {
    title:
      affected > 0 ? `${affected} of ${counted(clusters.size, 'cluster')} not in sync` : titleOf(first.code),
    tone: 'error',
  };
}
