import { ExporterError } from '../../base/errors/exporter.error.ts';
import type { Hub } from '../hub.ts';
import { leaderOf } from './leader-on-hub.ts';
import type { ClusterStatus } from './status-document.ts';

/** A cluster that the registry of an extension names, as the exporter knows it. */
export type ForeignCluster = ClusterStatus & { readonly registry: string };

/** For asking the exporter. Milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * The clusters that registries of extensions name. Only the exporter that runs has these registries, so it is asked for them. Never rejects.
 *
 * @returns doubt: why they are not known, for the operator
 */
export async function clustersOfOtherRegistries(
  hub: Hub,
): Promise<{ clusters: readonly ForeignCluster[]; doubt?: string }> {
  const { extensions } = hub.settings;
  if (extensions.length === 0) return { clusters: [] };
  try {
    const { clusters } = await leaderOf(hub, AbortSignal.timeout(TIMEOUT_MS));
    return { clusters: clusters.filter(isForeign) };
  } catch (error) {
    if (!(error instanceof ExporterError)) throw error;
    const doubt = `The exporter runs with extensions (${extensions.join(', ')}), and clusters that they name are left out. ${error.message}`;
    return { clusters: [], doubt };
  }
}

function isForeign(cluster: ClusterStatus): cluster is ForeignCluster {
  return cluster.registry !== undefined;
}
