import { useState } from 'preact/hooks';
import type { Cluster } from '../model/fleet.ts';
import type { Sort, View } from '../model/view.ts';
import { ClusterRow } from './cluster-row.tsx';
import { useKeptFocus, useMedia } from './hooks.ts';
import { useWindow } from './use-window.ts';

const COLUMNS: readonly { key: string; name: string; sort?: Sort }[] = [
  { key: 'state', name: 'State', sort: 'state' },
  { key: 'name', name: 'Cluster', sort: 'name' },
  { key: 'reason', name: 'Reason' },
  { key: 'since', name: 'For', sort: 'since' },
  { key: 'success', name: 'Last success', sort: 'success' },
  { key: 'change', name: 'Published in' },
  { key: 'expiry', name: 'Credentials', sort: 'expiry' },
  { key: 'registry', name: 'Registry' },
  { key: 'server', name: 'Server' },
];
/** As in the style sheet. Pixels. */
const ROW_HEIGHT = { wide: 40, narrow: 64 };
const NARROW = '(max-width: 40rem)';

interface ClusterTableProps {
  clusters: readonly Cluster[];
  view: View;
  changeView: (change: Partial<View>) => void;
  now: number;
}

/**
 * A grid (WAI-ARIA 1.2) that renders only the visible rows. One row is in the tab order, and arrow keys move from there. That row is
 * always rendered, so that the focus is never lost.
 */
export function ClusterTable({ clusters, view, changeView, now }: ClusterTableProps) {
  const rowHeight = useMedia(NARROW) ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide;
  const { holder, first, end } = useWindow(clusters.length, rowHeight);
  const [active, setActive] = useState<string>();
  useKeptFocus(holder, '[tabindex="0"]');
  const known = clusters.findIndex(({ name }) => name === active);
  const activeIndex = Math.max(0, known);
  const indexes = Array.from({ length: end - first }, (_, index) => first + index);
  if (clusters.length > 0 && !indexes.includes(activeIndex)) indexes.push(activeIndex);

  const moveTo = (index: number) => {
    const row = Math.min(clusters.length - 1, Math.max(0, index));
    setActive(clusters[row]?.name);
    requestAnimationFrame(() => {
      const element = holder.current?.querySelector<HTMLElement>(`[aria-rowindex="${row + 2}"]`);
      element?.focus({ preventScroll: true });
      element?.scrollIntoView({ block: 'nearest' });
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 4);
    const steps: Record<string, number> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + page,
      PageUp: activeIndex - page,
      Home: 0,
      End: clusters.length - 1,
    };
    const to = steps[event.key];
    const name = clusters[activeIndex]?.name;
    if (to !== undefined) moveTo(to);
    else if ((event.key === 'Enter' || event.key === ' ') && name !== undefined)
      changeView({ cluster: name });
    else return;
    event.preventDefault();
  };
  const sortBy = (sort: Sort) => changeView({ sort, descending: view.sort === sort && !view.descending });

  return (
    // Not a <table>: the browser would lay it out as a whole after every change.
    <div
      class="table"
      role="grid"
      aria-label="Clusters"
      aria-rowcount={clusters.length + 1}
      aria-colcount={COLUMNS.length}
    >
      <div role="rowgroup" class="thead">
        <div role="row" class="row" aria-rowindex={1}>
          {COLUMNS.map(({ key, name, sort }, index) => (
            <div
              key={key}
              role="columnheader"
              class={`cell ${key}`}
              aria-colindex={index + 1}
              {...(sort && { 'aria-sort': ariaSort(view, sort) })}
            >
              {sort ? (
                <button type="button" onClick={() => sortBy(sort)}>
                  {name}
                  <span class="arrow" aria-hidden="true" />
                </button>
              ) : (
                name
              )}
            </div>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        class="tbody"
        ref={holder}
        style={{ height: `${clusters.length * rowHeight}px` }}
        onKeyDown={onKeyDown}
      >
        {indexes.map((index) => {
          const cluster = clusters[index];
          return (
            cluster && (
              <ClusterRow
                key={cluster.name}
                cluster={cluster}
                index={index}
                top={index * rowHeight}
                active={index === activeIndex}
                now={now}
                open={() => changeView({ cluster: cluster.name })}
                onFocus={() => setActive(cluster.name)}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

function ariaSort({ sort, descending }: View, column: Sort): 'none' | 'ascending' | 'descending' {
  if (sort !== column) return 'none';
  return descending ? 'descending' : 'ascending';
}
