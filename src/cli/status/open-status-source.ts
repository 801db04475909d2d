import { withHubAccess } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { leaderOnHub } from './leader-on-hub.ts';
import { replicaAtUrl } from './replica-at-url.ts';
import type { StatusSource } from './status-source.ts';

/** Opens the source that the options name for a task, and closes it after it. */
export async function withStatusSource<Result>(
  invocation: Pick<Invocation<{ url?: URL }>, 'options' | 'terminal'>,
  task: (source: StatusSource) => Promise<Result>,
): Promise<Result> {
  const { url } = invocation.options;
  if (url) return await task(replicaAtUrl(url));
  return await withHubAccess(invocation, async (access) => task(leaderOnHub(invocation, access)));
}
