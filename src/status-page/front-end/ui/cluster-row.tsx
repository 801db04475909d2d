import type { Cluster } from '../model/fleet.ts';
import { duration, reasonText, shortDuration, titleOf, visible } from '../model/text.ts';
import { firstExpiry } from '../model/view.ts';
import { Icon } from './icon.tsx';
import { Ago } from './time.tsx';

/** Credentials that expire within this time are highlighted; the exporter has the same limit. Milliseconds. */
const SOON_MS = 7 * 86_400_000;

interface ClusterRowProps {
  cluster: Cluster;
  index: number;
  /** Pixels. */
  top: number;
  active: boolean;
  now: number;
  open: () => void;
  onFocus: () => void;
}

/** One cluster in one line, or in two on narrow screens. */
export function ClusterRow({ cluster, index, top, active, now, open, onFocus }: ClusterRowProps) {
  const { name, state, reason, since, lastSuccess, lastChange, registry, server } = cluster;
  return (
    <div
      role="row"
      class="row"
      aria-rowindex={index + 2}
      tabIndex={active ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
      onClick={open}
      onFocus={onFocus}
    >
      <div role="gridcell" class="cell state" aria-colindex={1}>
        <Icon name={state} />
        <span>{titleOf(state)}</span>
      </div>
      <div role="gridcell" class="cell name" aria-colindex={2}>
        <bdi title={visible(name)}>{visible(name)}</bdi>
      </div>
      <div role="gridcell" class="cell reason" aria-colindex={3}>
        {reason !== undefined && reason !== 'ok' ? reasonText(reason) : ''}
      </div>
      <div role="gridcell" class="cell since" aria-colindex={4}>
        <Ago time={since} now={now} />
      </div>
      <div role="gridcell" class="cell success" aria-colindex={5}>
        {lastSuccess === null ? 'never' : <Ago time={lastSuccess} now={now} suffix=" ago" />}
      </div>
      <div role="gridcell" class="cell change" aria-colindex={6}>
        {lastChange && shortDuration(lastChange.publishedAfterMs)}
      </div>
      <div role="gridcell" class="cell expiry" aria-colindex={7}>
        <Expiry cluster={cluster} now={now} />
      </div>
      <div role="gridcell" class="cell registry" aria-colindex={8}>
        <span title={visible(registry)}>{visible(registry)}</span>
      </div>
      <div role="gridcell" class="cell server" aria-colindex={9}>
        {server !== undefined && (
          <span title={visible(server)}>{visible(server.replace(/^https:\/\//, ''))}</span>
        )}
      </div>
    </div>
  );
}

function Expiry({ cluster, now }: { cluster: Cluster; now: number }) {
  const expires = firstExpiry(cluster);
  if (expires === Number.POSITIVE_INFINITY) return null;
  const leftMs = expires - now;
  const tone = leftMs <= 0 ? 'error' : leftMs <= SOON_MS ? 'warning' : 'plain';
  return (
    <time
      class={`tone-${tone}`}
      dateTime={new Date(expires).toISOString()}
      title={new Date(expires).toLocaleString('en-GB')}
    >
      {leftMs <= 0 ? 'expired' : `in ${duration(leftMs)}`}
    </time>
  );
}
