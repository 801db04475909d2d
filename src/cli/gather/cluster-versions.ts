import { judgeEntries } from '../../cluster-config/registries/judge-entries.ts';
import { explanationOf } from '../../base/errors/exporter.error.ts';
import { withTimeLimit } from '../../base/time/time-limit.ts';
import { type ClusterEndpoint, createClusterClient } from '../../kube/http/cluster-client.ts';
import { SecureContexts } from '../../kube/http/secure-contexts.ts';
import { SecretClient } from '../../kube/objects/secret-client.ts';
import { WorkSlots } from '../../storage-sync/reading/work-slots.ts';
import type { Hub } from '../hub.ts';

/** For one cluster. Milliseconds. */
const TIMEOUT_MS = 5_000;

/** The version of each cluster's API server, requested with the credentials of its entry, or why it could not be read. */
export async function clusterVersions({ client, refs, settings }: Hub, signal: AbortSignal): Promise<object> {
  const { object } = await new SecretClient(client, refs.registry).list(signal);
  const slots = new WorkSlots(settings.readConcurrency);
  const secureContexts = new SecureContexts();
  const versions = judgeEntries(object?.data ?? new Map(), settings).map(async ({ name, verdict }) => [
    name,
    'accepted' in verdict
      ? await slots.run('usual', signal, () => versionOf(verdict.accepted.endpoint, secureContexts, signal))
      : { problem: 'The entry is refused.' },
  ]);
  return Object.fromEntries(await Promise.all(versions)) as object;
}

async function versionOf(
  endpoint: ClusterEndpoint,
  secureContexts: SecureContexts,
  outer: AbortSignal,
): Promise<object> {
  const client = createClusterClient(endpoint, TIMEOUT_MS, { secureContexts });
  try {
    const answer = await withTimeLimit(TIMEOUT_MS, outer, (signal) =>
      client.json({ method: 'GET', path: '/version', signal }),
    );
    const { gitVersion, platform } = answer as { gitVersion?: unknown; platform?: unknown };
    return { gitVersion: String(gitVersion), platform: String(platform) };
  } catch (error) {
    return { problem: explanationOf(error, 'It failed in a way that was not foreseen.').message };
  } finally {
    await client.close();
  }
}
