import type { Cluster } from '../../cluster-config/cluster.ts';

/** How many names are reported; a gateway may lead to all of a fleet. */
const MOST_NAMES = 5;

/** Which clusters are one and the same: their sources are one object, or, where that is not known, their entries lead to one address. */
export class SameServers {
  private readonly byUid: ReadonlyMap<string | undefined, readonly string[]>;
  private readonly byAddress: ReadonlyMap<string, readonly string[]>;
  /** Only those whose source is not known. */
  private readonly unknownByAddress: ReadonlyMap<string, readonly string[]>;

  /** @param uidOf UID of a cluster's source; undefined: not known */
  constructor(
    clusters: Iterable<Cluster>,
    private readonly uidOf: (cluster: Cluster) => string | undefined,
  ) {
    const all = [...clusters].toSorted((one, other) => (one.name < other.name ? -1 : 1));
    const unknown = all.filter((cluster) => uidOf(cluster) === undefined);
    const address = ({ identity }: Cluster) => identity;
    this.byUid = firstNames(Map.groupBy(all, uidOf));
    this.byAddress = firstNames(Map.groupBy(all, address));
    this.unknownByAddress = firstNames(Map.groupBy(unknown, address));
  }

  /** Names of others that are the same cluster, five at most. Sorted. */
  othersOf(cluster: Cluster): readonly string[] {
    const uid = this.uidOf(cluster);
    const sameSource = uid === undefined ? [] : (this.byUid.get(uid) ?? []);
    // A gateway may lead to several clusters from one address, and tell them apart by their credentials.
    const sameAddress =
      (uid === undefined ? this.byAddress : this.unknownByAddress).get(cluster.identity) ?? [];
    return [...new Set([...sameSource, ...sameAddress])]
      .filter((name) => name !== cluster.name)
      .toSorted()
      .slice(0, MOST_NAMES);
  }
}

/** As many names of each group as are needed, with one to spare for the cluster that is asked for. */
function firstNames<Key>(groups: Map<Key, Cluster[]>): ReadonlyMap<Key, readonly string[]> {
  return new Map(
    [...groups].map(([key, clusters]) => [key, clusters.slice(0, MOST_NAMES + 1).map(({ name }) => name)]),
  );
}
