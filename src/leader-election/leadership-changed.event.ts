/** The role of this replica changed. `Leadership` says to what. */
export class LeadershipChangedEvent {
  static readonly eventName = 'leadership.changed';
}
