import { Injectable } from '@nestjs/common';
import { HubClient } from '../../../kube/hub/hub-client.ts';
import { ObjectRefs } from '../../../kube/hub/object-refs.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import type { WatchStatus } from '../../../kube/watching/object-watcher.ts';
import { ObjectWatcherFactory } from '../../../kube/watching/object-watcher.factory.ts';
import { PartOnHub } from './part-on-hub.ts';

/** The aggregate as the hub holds it, as far as we know: all of its parts. */
@Injectable()
export class AggregateOnHub {
  readonly parts: readonly PartOnHub[];

  constructor(refs: ObjectRefs, hub: HubClient, watchers: ObjectWatcherFactory) {
    this.parts = refs.aggregateParts.map((ref) => new PartOnHub(ref, hub, watchers));
  }

  /** Whether {@link secrets} are what the hub holds, as far as we know. */
  get current(): boolean {
    return this.parts.every(({ current }) => current);
  }

  /** Indices of the parts of which we do not know what the hub holds. */
  get unseen(): ReadonlySet<number> {
    return new Set([...this.parts.keys()].filter((index) => !this.parts[index]?.current));
  }

  /** When one of these may be looked at, on the monotonic clock; Infinity: there are none. */
  get nextLookAtMs(): number {
    return Math.min(...this.parts.filter(({ current }) => !current).map(({ mayLookAtMs }) => mayLookAtMs));
  }

  /** What was last seen of each part. Undefined: it does not exist, or was not looked at. */
  get secrets(): readonly (SecretSnapshot | undefined)[] {
    return this.parts.map(({ secret }) => secret);
  }

  /** How the watches stand: connected if all of them are, else as the first that is not. */
  get watch(): Readonly<WatchStatus> {
    const statuses = this.parts.map(({ watch }) => watch);
    const [first] = statuses;
    if (!first) throw new RangeError('an aggregate has at least one part');
    return statuses.find(({ connected }) => !connected) ?? first;
  }

  /** @param onChange called whenever the hub turns out to hold something that was not seen; must not throw */
  start(onChange: () => void): void {
    for (const part of this.parts) part.start(onChange);
  }

  /** Ends the watches and forgets what they saw: it may change now behind our back. Can be called at any time. */
  async stop(): Promise<void> {
    await Promise.all(this.parts.map(async (part) => await part.stop()));
  }

  /**
   * Fetches all of it.
   *
   * @throws KubeRequestError
   */
  async look(signal: AbortSignal): Promise<void> {
    await Promise.all(this.parts.map(async (part) => await part.look(signal)));
  }
}
