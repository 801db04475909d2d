import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../support/api-client.ts';
import { expired, Failure } from './failure.ts';
import type { View } from './partial-metadata.ts';
import { matchesLabels } from './label-selector.ts';
import type { Change, Resource, ResourceStore } from './resource-store.ts';

/** What a watch is for. */
interface WatchTarget {
  resource: Resource;
  namespace: string;
  selected: string | undefined;
  query: URLSearchParams;
  /** What of an object it tells. */
  view: View;
}

/** Without `timeoutSeconds` a stream lives this long. The real server draws from 30 to 60 minutes. */
const DEFAULT_TIMEOUT_SECONDS = 1_800;
/** How long before its end a stream gets a bookmark. */
const LAST_BOOKMARK_MS = 2_000;

/** The open watches of one API server. */
export class WatchStreams {
  private readonly open_ = new Set<ServerResponse>();
  private readonly store: ResourceStore;
  private readonly bookmarkMs: number;
  private muted = false;

  /** @param bookmarkMs time between two bookmarks of a stream */
  constructor(store: ResourceStore, bookmarkMs: number) {
    this.store = store;
    this.bookmarkMs = bookmarkMs;
  }

  get count(): number {
    return this.open_.size;
  }

  /** Starts a stream with what changed since the version asked for, or with what there is. */
  open(target: WatchTarget, response: ServerResponse): void {
    const { resource, namespace, selected, query, view } = target;
    const matches = (object: KubeObject | undefined) =>
      object?.kind === resource.kind &&
      object.metadata?.namespace === namespace &&
      (selected === undefined || object.metadata.name === selected) &&
      matchesLabels(object, query.get('labelSelector'));
    const tell = (change: Change) => {
      const type = typeFor(change, matches);
      if (type) this.send(response, type, view(change.object));
    };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();

    try {
      for (const change of this.missed(target)) tell(change);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.send(response, 'ERROR', error.toStatus());
      response.end();
      return;
    }

    this.open_.add(response);
    const unsubscribe = this.store.subscribe(tell);
    const timeoutMs = Number(query.get('timeoutSeconds') ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    const bookmark = () => {
      if (query.get('allowWatchBookmarks') === 'true')
        this.send(response, 'BOOKMARK', view(this.bookmark(resource)));
    };
    const timers = [
      setInterval(bookmark, this.bookmarkMs),
      setTimeout(bookmark, Math.max(0, timeoutMs - LAST_BOOKMARK_MS)),
      setTimeout(() => response.end(), timeoutMs),
    ];
    for (const timer of timers) timer.unref();
    response.on('close', () => {
      this.open_.delete(response);
      unsubscribe();
      for (const timer of timers) clearTimeout(timer);
    });
  }

  /** Ends every stream in good order. */
  end(): void {
    for (const response of this.open_) response.end();
  }

  /** Cuts every stream off. */
  cut(): void {
    for (const response of this.open_) response.destroy();
  }

  /** Streams stay open and tell nothing more, as behind a network that lost them. */
  mute(muted: boolean): void {
    this.muted = muted;
  }

  /** Writes bytes that may be no event. */
  write(bytes: string): void {
    for (const response of this.open_) response.write(bytes);
  }

  private missed({ resource, namespace, selected, query }: WatchTarget): readonly Change[] {
    const from = query.get('resourceVersion');
    if (from === null || from === '' || from === '0') {
      return this.store
        .list(resource, namespace, selected)
        .map((object) => ({ type: 'ADDED', object, version: this.store.version }));
    }
    const version = Number(from);
    if (!Number.isSafeInteger(version)) throw expired();
    return this.store.changesSince(version);
  }

  private bookmark({ kind, apiVersion }: Resource): KubeObject {
    return { kind, apiVersion, metadata: { resourceVersion: String(this.store.version) } };
  }

  private send(response: ServerResponse, type: string, object: KubeObject): void {
    if (!this.muted && !response.writableEnded) response.write(`${JSON.stringify({ type, object })}\n`);
  }
}

/** An object that begins to match is added for this watch, and one that no longer does is deleted. */
function typeFor(
  { type, object, previous }: Change,
  matches: (object: KubeObject | undefined) => boolean,
): Change['type'] | undefined {
  const before = matches(previous);
  const now = type !== 'DELETED' && matches(object);
  if (before && now) return 'MODIFIED';
  if (now) return 'ADDED';
  return before ? 'DELETED' : undefined;
}
