import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { groupProblems } from '../model/problem-groups.ts';
import { Clusters } from './clusters.tsx';
import { Details } from './details.tsx';
import { Facts } from './facts.tsx';
import { Header } from './header.tsx';
import { useFleet, useMedia, useNow, useView } from './hooks.ts';
import { Problems } from './problems.tsx';
import { Standby } from './standby.tsx';
import { TimelineCard } from './timeline.tsx';
import { Verdict, verdictOf } from './verdict.tsx';

/** The whole page. */
export function App() {
  const { fleet, connection } = useFleet();
  const [view, changeView] = useView();
  const ourNow = useNow();
  const problems = fleet?.problems;
  const groups = useMemo(() => groupProblems(problems?.values() ?? []), [problems]);
  const title = fleet ? verdictOf(fleet, groups).title : 'Connecting';
  useEffect(() => {
    document.title = `${title} · config exporter`;
  }, [title]);

  const header = <Header fleet={fleet} connection={connection} now={ourNow} />;
  if (!fleet)
    return (
      <>
        {header}
        <main>
          <p class="quiet waiting">
            {connection === 'lost' ? 'The exporter does not answer. Trying again.' : 'Asking the exporter…'}
          </p>
        </main>
      </>
    );

  const now = ourNow + fleet.skewMs;
  const leads = fleet.summary.leadership.role !== 'standby';
  const open = (cluster: string) => changeView({ cluster });
  return (
    <>
      {leads && (
        <a class="skip" href="#clusters" onClick={skipToClusters}>
          Skip to the clusters
        </a>
      )}
      {header}
      <main>
        {leads ? (
          <>
            <Verdict fleet={fleet} groups={groups} now={now} view={view} changeView={changeView} />
            <Problems fleet={fleet} groups={groups} now={now} open={open} changeView={changeView} />
          </>
        ) : (
          <Standby leadership={fleet.summary.leadership} now={now} />
        )}
        <Aside>
          <Facts summary={fleet.summary} now={now} />
          <TimelineCard transitions={fleet.transitions} now={now} open={open} clusters={fleet.clusters} />
        </Aside>
        {leads && <Clusters fleet={fleet} view={view} changeView={changeView} now={now} />}
      </main>
      {view.cluster !== undefined && (
        <Details
          name={view.cluster}
          fleet={fleet}
          now={now}
          close={() => changeView({ cluster: undefined })}
        />
      )}
    </>
  );
}

/** A column on wide screens; otherwise collapsed and above the clusters, of which there may be a thousand. */
function Aside({ children }: { children: ComponentChildren }) {
  const wide = useMedia('(min-width: 75rem)');
  if (wide) return <aside aria-label="The exporter">{children}</aside>;
  return (
    <aside aria-label="The exporter">
      <details>
        <summary>Aggregate, exporter and what changed</summary>
        <div class="cards">{children}</div>
      </details>
    </aside>
  );
}

/** The fragment holds the view, so the link must not change it. */
function skipToClusters(event: Event): void {
  event.preventDefault();
  document.getElementById('search')?.focus();
}
