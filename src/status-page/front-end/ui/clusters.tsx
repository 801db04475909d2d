import { useMemo } from 'preact/hooks';
import type { Fleet } from '../model/fleet.ts';
import { counted, titleOf } from '../model/text.ts';
import { clustersOf, type Sort, type View } from '../model/view.ts';
import { ClusterTable } from './cluster-table.tsx';
import { SearchField } from './search-field.tsx';

const SORT_NAMES: Readonly<Record<Sort, string>> = {
  state: 'State',
  name: 'Name',
  since: 'Last changed',
  success: 'Last success',
  expiry: 'Credentials',
};

interface ClustersProps {
  fleet: Fleet;
  view: View;
  changeView: (change: Partial<View>) => void;
  now: number;
}

/** The clusters that match filter and search. */
export function Clusters({ fleet, view, changeView, now }: ClustersProps) {
  const { state, problem, query, sort, descending } = view;
  const shown = useMemo(
    () => clustersOf(fleet, view),
    [fleet.clusters, fleet.problems, state, problem, query, sort, descending],
  );
  return (
    <section class="clusters" id="clusters" aria-labelledby="clusters-title">
      <div class="toolbar">
        <h2 id="clusters-title">Clusters</h2>
        <SearchField query={query} change={(text) => changeView({ query: text })} />
        <label class="sorter">
          <span class="quiet">Sort by</span>
          <select
            value={sort}
            onChange={(event) => changeView({ sort: event.currentTarget.value as Sort, descending: false })}
          >
            {Object.entries(SORT_NAMES).map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <p class="found quiet" role="status">
          {shown.length === fleet.clusters.size
            ? counted(shown.length, 'cluster')
            : `${shown.length.toLocaleString('en')} of ${counted(fleet.clusters.size, 'cluster')}`}
        </p>
      </div>
      {problem !== undefined && (
        <p class="filters">
          <button type="button" class="chip" onClick={() => changeView({ problem: undefined })}>
            {titleOf(problem)} <span aria-hidden="true">×</span>
            <span class="hidden">: show others again</span>
          </button>
        </p>
      )}
      <ClusterTable clusters={shown} view={view} changeView={changeView} now={now} />
      {shown.length === 0 && (
        <p class="nothing quiet">
          {fleet.clusters.size === 0 ? 'The registry names no cluster.' : 'No cluster is like this.'}{' '}
          {fleet.clusters.size > 0 && (
            <button
              type="button"
              class="link"
              onClick={() => changeView({ state: undefined, problem: undefined, query: '' })}
            >
              Show all
            </button>
          )}
        </p>
      )}
    </section>
  );
}
