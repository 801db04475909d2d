import type { ClusterAddress } from './remote-cluster.ts';

/** An entry in the form of Primus-Lens, which every exporter reads. */
export function entryText(address: ClusterAddress, bearerToken: string): string {
  return JSON.stringify({ ...address, bearerToken });
}
