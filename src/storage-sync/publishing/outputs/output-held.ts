import type { Explanation } from '../../../base/errors/explanation.ts';
import type { HubClient } from '../../../kube/hub/hub-client.ts';
import type { ObjectKind } from '../../../kube/objects/object-kind.ts';
import { objectField } from '../../../kube/objects/object-kind.ts';
import { type ObjectMetadata, parseMetadata } from '../../../kube/objects/object-metadata.ts';
import { isOlderVersion } from '../../../kube/objects/resource-version.ts';
import type { CollectionWatcher } from '../../../kube/watching/collection-watcher.ts';
import type { ObjectWatcherFactory } from '../../../kube/watching/object-watcher.factory.ts';
import { type HeldObject, objectKey, OUTPUT_LABEL, type PlannedObject } from './object-plan.ts';
import type { Output, OutputKind } from './output.ts';

/** The objects of one output as the hub holds them: one watch of metadata for each kind and namespace. */
export class OutputHeld {
  private readonly watchers: readonly (readonly [OutputKind, CollectionWatcher<ObjectMetadata>])[];
  private readonly byKind = new Map<OutputKind, Map<string, HeldObject>>();

  constructor({ name, kinds }: Output, hub: HubClient, watchers: ObjectWatcherFactory) {
    this.watchers = kinds.map((kind) => [
      kind,
      watchers.collectionOf(hub, {
        kind: metadataOf(kind),
        namespaces: kind.namespaces,
        labelSelector: `${OUTPUT_LABEL}=${name}`,
      }),
    ]);
  }

  /** By key. */
  get objects(): ReadonlyMap<string, HeldObject> {
    return new Map([...this.byKind.values()].flatMap((objects) => [...objects]));
  }

  /** Whether the hub has listed all of them. */
  get listed(): boolean {
    return this.byKind.size === this.watchers.length;
  }

  /** Why they are not watched; undefined: they are, or it was not tried yet. */
  get failure(): Explanation | undefined {
    for (const [{ kind, apiVersion }, { status }] of this.watchers) {
      const { failure, connected } = status;
      if (connected || !failure) continue;
      // Of a kind that it does not know an API server says so in plain text.
      const message =
        failure.reason === 'not_found' || failure.message.includes('HTTP 404')
          ? `The hub does not know the kind ${kind} of ${apiVersion}.`
          : `Objects of the kind ${kind} cannot be watched. ${failure.message}`;
      return { message, remedy: failure.remedy };
    }
    return undefined;
  }

  /** @param onChange called whenever the hub holds something else; must not throw */
  start(onChange: () => void): void {
    for (const [kind, watcher] of this.watchers)
      watcher.start((items) => {
        const held = items.map(({ namespace, name, object }): [string, HeldObject] => [
          objectKey({ kind: kind.kind, namespace, name }),
          { kind, namespace, name, metadata: object },
        ]);
        this.byKind.set(kind, new Map(held));
        onChange();
      });
  }

  async stop(): Promise<void> {
    await Promise.all(this.watchers.map(([, watcher]) => watcher.stop()));
    this.byKind.clear();
  }

  /** Takes a write of ours before the watch tells of it. */
  expect({ key, kind, wanted }: PlannedObject, resourceVersion: string): void {
    const objects = this.byKind.get(kind);
    const known = objects?.get(key);
    if (!objects || (known && isOlderVersion(resourceVersion, known.metadata.resourceVersion))) return;
    const metadata = known?.metadata ?? { labels: new Map(), annotations: new Map(), owners: [] };
    objects.set(key, {
      kind,
      namespace: wanted.namespace,
      name: wanted.name,
      metadata: { ...metadata, resourceVersion },
    });
  }
}

function metadataOf({ apiVersion, kind, plural }: OutputKind): ObjectKind<ObjectMetadata> {
  return {
    apiVersion,
    kind,
    plural,
    metadataOnly: true,
    parse: (value) => parseMetadata(objectField(value).metadata),
  };
}
