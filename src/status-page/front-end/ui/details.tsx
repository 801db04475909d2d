import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Cluster, Fleet } from '../model/fleet.ts';
import { clusterOf } from '../model/problem-groups.ts';
import { duration, reasonText, shortDuration, titleOf, visible } from '../model/text.ts';
import { CommandLine } from './command.tsx';
import { Fact } from './facts.tsx';
import { Icon } from './icon.tsx';
import { Ago } from './time.tsx';
import { TransitionList } from './timeline.tsx';

interface DetailsProps {
  name: string;
  fleet: Fleet;
  now: number;
  close: () => void;
}

/** Everything about one cluster, at the side of the page. Escape closes it, and the focus returns to where it was. */
export function Details({ name, fleet, now, close }: DetailsProps) {
  const cluster = fleet.clusters.get(name);
  const problems = useMemo(
    () => [...fleet.problems.values()].filter((problem) => clusterOf(problem, fleet.clusters) === name),
    [fleet.problems, fleet.clusters, name],
  );
  const transitions = fleet.transitions.filter(({ clusters }) => clusters.includes(name));
  return (
    <Sheet title={visible(name)} close={close}>
      {cluster ? (
        <>
          <p class={`standing tone-${cluster.state}`}>
            <Icon name={cluster.state} />
            {titleOf(cluster.state)}
            {cluster.reason !== undefined && cluster.reason !== 'ok' && `, ${reasonText(cluster.reason)}`}
            <span class="quiet">
              {' '}
              for <Ago time={cluster.since} now={now} />
            </span>
          </p>
          {problems.map(({ subject, severity, message, remedy, command }) => (
            <div key={subject} class={`problem ${severity}`}>
              <p class="message">{visible(message)}</p>
              {remedy !== undefined && <p class="remedy">{visible(remedy)}</p>}
              {command !== undefined && <CommandLine command={command} />}
            </div>
          ))}
          <ClusterFacts cluster={cluster} now={now} />
        </>
      ) : (
        <p class="quiet">The registry names no such cluster.</p>
      )}
      {transitions.length > 0 && (
        <div class="timeline">
          <h3>What changed</h3>
          <TransitionList
            transitions={transitions}
            now={now}
            open={() => undefined}
            clusters={new Set<string>()}
          />
        </div>
      )}
    </Sheet>
  );
}

function ClusterFacts({ cluster, now }: { cluster: Cluster; now: number }) {
  const { lastSuccess, lastChange, watch, server, registry, credentials = [] } = cluster;
  return (
    <dl>
      <Fact name="Published">{publishedText(cluster)}</Fact>
      <Fact name="Last success">
        {lastSuccess === null ? 'never' : <Ago time={lastSuccess} now={now} suffix=" ago" />}
      </Fact>
      <Fact name="Last change">
        {lastChange ? (
          <>
            <Ago time={lastChange.at} now={now} suffix=" ago" />, published in{' '}
            {shortDuration(lastChange.publishedAfterMs)}
          </>
        ) : (
          'none since this replica leads'
        )}
      </Fact>
      <Fact name="Watch">
        {watch ? (watch.connected ? 'connected' : 'not connected') : 'none, it is polled'}
      </Fact>
      <Fact name="Server">{server === undefined ? 'unknown, the entry is refused' : visible(server)}</Fact>
      <Fact name="Registry">{visible(registry)}</Fact>
      {credentials.map(({ kind, expires }) => (
        <Fact key={kind} name={titleOf(kind).replaceAll('_', ' ')}>
          {Date.parse(expires) <= now ? 'expired' : `expires in ${duration(Date.parse(expires) - now)}`}, on{' '}
          {new Date(expires).toLocaleDateString('en-GB', { dateStyle: 'medium' })}
        </Fact>
      ))}
    </dl>
  );
}

function publishedText({ published, state }: Cluster): string {
  if (!published) return 'no, the aggregate has no key for it';
  return state === 'synced' ? 'yes' : 'yes, as last known to be good';
}

function Sheet({
  title,
  close,
  children,
}: {
  title: string;
  close: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  // A click on the backdrop is a click on the dialog itself.
  const onClick = (event: MouseEvent) => {
    if (event.target === dialog.current) close();
  };
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby="sheet" onClose={close} onClick={onClick}>
      <div class="content">
        <div class="head">
          <h2 id="sheet">
            <bdi>{title}</bdi>
          </h2>
          <button type="button" class="close" aria-label="Close" onClick={close}>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M4 4l8 8M12 4l-8 8" />
            </svg>
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
