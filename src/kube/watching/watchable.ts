import type { ObjectList } from '../objects/object-client.ts';
import type { ObjectSnapshot } from '../objects/object-kind.ts';
import type { WatchEvent } from './watch-events.ts';

/** What an `ObjectWatcher` keeps an eye on: one object, or a collection of them taken as a whole. */
export interface Watchable<Snapshot extends ObjectSnapshot> {
  /** What it is, for the log. */
  readonly ref: object;
  /** @throws KubeRequestError */
  list(signal: AbortSignal): Promise<ObjectList<Snapshot>>;
  /**
   * Follows it from a version on.
   *
   * @param timeoutSeconds after which the server ends the stream in good order
   * @throws KubeRequestError
   */
  watch(
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent<Snapshot>>>;
}
