/**
 * The registry changed: names of clusters, sorted. Emitted once per change, and once when the registry was seen for the
 * first time. It says only that something changed; what holds now is in `ClusterRegistry.view`.
 */
export class ClusterConfigChangedEvent {
  static readonly eventName = 'cluster-config.changed';

  constructor(
    readonly added: readonly string[],
    readonly changed: readonly string[],
    readonly removed: readonly string[],
    readonly rejected: readonly string[],
  ) {}
}
