/** The last-known-good content of a cluster is another one, or gone. What it is now is in the states. */
export class ContentChangedEvent {
  static readonly eventName = 'content.changed';

  constructor(readonly cluster: string) {}
}
