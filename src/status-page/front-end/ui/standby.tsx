import { visible } from '../model/text.ts';
import type { Summary } from '../model/wire.ts';
import { CommandLine } from './command.tsx';
import { Icon } from './icon.tsx';
import { Ago } from './time.tsx';

/** Path of a pod's proxy on an API server: before the name, the name, after it. */
const POD_PROXY = /^(.*\/pods\/)(?:https?:)?([^/:]+)((?::[^/]*)?\/proxy\/.*)$/;

/** What a standby knows: which replica leads, and how to reach it. */
export function Standby({ leadership, now }: { leadership: Summary['leadership']; now: number }) {
  const { since, election } = leadership;
  const holder = election?.holder ?? '';
  const namespace = election?.lease.namespace ?? '';
  const pod = podOf(holder);
  const address = pod === undefined ? undefined : addressOf(pod);
  return (
    <section class="verdict standby" aria-labelledby="verdict">
      <h1 id="verdict" class="tone-pending">
        <Icon name="pending" />
        <span>This replica stands by</span>
      </h1>
      <p class="quiet">
        For <Ago time={since} now={now} />. It reads no cluster and writes nothing; the leader does, and its
        page shows the clusters.
      </p>
      <div class="card">
        <h2>{holder === '' ? 'Nobody leads at the moment' : 'The replica that leads'}</h2>
        {holder !== '' && <p class="holder">{visible(holder)}</p>}
        {address !== undefined && (
          <p>
            <a class="button" href={address}>
              Open its page
            </a>
          </p>
        )}
        <p class="quiet">From your own machine:</p>
        <CommandLine command={`mcce -n ${namespace} dashboard`} />
      </div>
    </section>
  );
}

/** A leader's identity is the name of its pod, `_` and a UUID. */
function podOf(holder: string): string | undefined {
  return /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)_[0-9a-f-]{36}$/.exec(holder)?.[1];
}

/** The address of another pod by the same API server's proxy. */
function addressOf(pod: string): string | undefined {
  const [, before, , after] = POD_PROXY.exec(location.pathname) ?? [];
  return before === undefined ? undefined : `${before}${pod}${after}`;
}
