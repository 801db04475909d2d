/** A removal of clusters is held, or no longer, or it covers other clusters. `ClusterStates.heldRemoval` says which. */
export class HeldRemovalChangedEvent {
  static readonly eventName = 'held-removal.changed';
}
