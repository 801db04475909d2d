import { counted, reasonText, titleOf, visible } from '../model/text.ts';
import type { Transition } from '../model/wire.ts';
import { At } from './time.tsx';

interface TimelineProps {
  /** The newest first. */
  transitions: readonly Transition[];
  now: number;
  open: (cluster: string) => void;
  clusters: { has(name: string): boolean };
}

/** The latest transitions. */
export function TimelineCard({ transitions, ...rest }: TimelineProps) {
  return (
    <section class="card timeline" aria-labelledby="timeline">
      <h2 id="timeline">What changed</h2>
      {transitions.length === 0 ? (
        <p class="quiet">Nothing since the exporter started.</p>
      ) : (
        <TransitionList transitions={transitions} {...rest} />
      )}
    </section>
  );
}

/** A list of transitions. */
export function TransitionList({ transitions, now, open, clusters }: TimelineProps) {
  return (
    // It scrolls, so it has to be reachable by keyboard.
    <ol tabIndex={0} aria-label="Changes, the newest first">
      {transitions.map((transition) => (
        <li
          key={transition.id}
          class={`to-${transition.kind === 'cluster' ? transition.to : transition.kind}`}
        >
          <span class="moment quiet">
            <At time={transition.at} now={now} />
          </span>
          <span class="what">
            <Subject transition={transition} open={open} clusters={clusters} /> {describe(transition)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Subject({
  transition: { kind, count, clusters: names },
  open,
  clusters,
}: Pick<TimelineProps, 'open' | 'clusters'> & { transition: Transition }) {
  const [name = ''] = names;
  if (count === 0) return <strong>{titleOf(kind)}</strong>;
  if (count > 1)
    return (
      <details>
        <summary>{counted(count, 'cluster')}</summary>
        {names.map(visible).join(', ')}
        {count > names.length && ` and ${count - names.length} more`}
      </details>
    );
  if (!clusters.has(name)) return <strong>{visible(name)}</strong>;
  return (
    <button type="button" class="link" onClick={() => open(name)}>
      <bdi>{visible(name)}</bdi>
    </button>
  );
}

function describe({ kind, from, to, reason }: Transition): string {
  const what = reasonText(to);
  if (kind === 'entry') return what === 'changed' ? 'has another entry' : what;
  return `${from === undefined ? '' : `${reasonText(from)} `}→ ${what}${reason === undefined ? '' : ` (${reasonText(reason)})`}`;
}
