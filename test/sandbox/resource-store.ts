import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { KubeObject } from '../support/api-client.ts';
import { alreadyExists, badRequest, conflict, expired, notFound } from './failure.ts';
import { FieldOwnership, sameFields } from './field-ownership.ts';
import { normalizeSecret, validateSecret } from './secret-validation.ts';

/** A kind of object that the sandbox keeps. */
export interface Resource {
  apiVersion: string;
  kind: string;
  plural: string;
  /** Its objects are of the cluster, and in no namespace. */
  clusterScoped?: boolean;
}

export const SECRETS: Resource = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' };

/** The kinds that the sandbox has. */
export const RESOURCES: readonly Resource[] = [
  SECRETS,
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' },
  { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events' },
];

/** One change, as a watch tells it. */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
  /** What the object was before; undefined: it was not there. */
  previous?: KubeObject | undefined;
  version: number;
}

interface Stored {
  object: KubeObject;
  ownership: FieldOwnership;
}

/** How many changes a watch may go back to. What is older is `Expired`. */
const HISTORY_LENGTH = 1_000;

/**
 * Objects of one API server, all kinds in one sequence of versions as in etcd. Objects handed in or out are never
 * changed afterwards.
 */
export class ResourceStore {
  private readonly stored = new Map<string, Stored>();
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private history: Change[] = [];
  private compactedTo = 0;
  private latest = 100;

  /** The newest version. */
  get version(): number {
    return this.latest;
  }

  get(resource: Resource, namespace: string, name: string): KubeObject {
    return this.find(resource, namespace, name).object;
  }

  list(resource: Resource, namespace: string, name: string | undefined): KubeObject[] {
    return [...this.stored.entries()]
      .filter(([key]) => key.startsWith(keyOf(resource, namespace, name ?? '')))
      .map(([, { object }]) => object)
      .filter(({ metadata }) => name === undefined || metadata?.name === name);
  }

  create(resource: Resource, namespace: string, object: KubeObject, manager: string): KubeObject {
    const name = object.metadata?.name;
    if (!name) throw badRequest('name is required');
    if (this.stored.has(keyOf(resource, namespace, name))) throw alreadyExists(resource.plural, name);
    const blank = this.blank(resource, namespace, name);
    const created = { ...object, ...blank, metadata: { ...object.metadata, ...blank.metadata } };
    return this.save(resource, created, FieldOwnership.NOBODY.update(blank, created, manager), undefined);
  }

  /** Replaces the object (PUT), or patches it when `change` is given what the store holds. */
  update(
    resource: Resource,
    namespace: string,
    name: string,
    change: (current: KubeObject) => KubeObject,
    manager: string,
  ): KubeObject {
    const stored = this.find(resource, namespace, name);
    const wanted = change(stored.object);
    this.checkVersion(resource, wanted, stored.object);
    const after = { ...wanted, metadata: { ...wanted.metadata, ...serverFields(stored.object) } };
    return this.save(resource, after, stored.ownership.update(stored.object, after, manager), stored);
  }

  /** Server-side apply. Creates what is not there. */
  apply(
    resource: Resource,
    namespace: string,
    name: string,
    applied: KubeObject,
    { manager, force }: { manager: string; force: boolean },
  ): { object: KubeObject; created: boolean } {
    const stored = this.stored.get(keyOf(resource, namespace, name));
    if (stored) this.checkVersion(resource, applied, stored.object);
    const current = stored?.object ?? this.blank(resource, namespace, name);
    const [after, ownership] = (stored?.ownership ?? FieldOwnership.NOBODY).apply(
      current,
      applied,
      manager,
      force,
    );
    return { object: this.save(resource, after, ownership, stored), created: !stored };
  }

  delete(resource: Resource, namespace: string, name: string): KubeObject {
    const { object } = this.find(resource, namespace, name);
    this.stored.delete(keyOf(resource, namespace, name));
    const version = ++this.latest;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.record({ type: 'DELETED', object: last, previous: object, version });
    return last;
  }

  /**
   * Changes after a version, in order.
   *
   * @throws Failure 410 when they are not all known any more
   */
  changesSince(version: number): readonly Change[] {
    if (version < this.compactedTo) throw expired();
    return this.history.filter((change) => change.version > version);
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (change: Change) => void): () => void {
    this.changes.on('change', listener);
    return () => this.changes.off('change', listener);
  }

  /** Forgets the history, so that a watch from an earlier version finds it `Expired`. */
  compact(): void {
    this.history = [];
    this.compactedTo = ++this.latest;
  }

  private find(resource: Resource, namespace: string, name: string): Stored {
    const stored = this.stored.get(keyOf(resource, namespace, name));
    if (!stored) throw notFound(resource.plural, name);
    return stored;
  }

  private checkVersion(resource: Resource, wanted: KubeObject, current: KubeObject): void {
    const version = wanted.metadata?.resourceVersion;
    if (version && version !== current.metadata?.resourceVersion) {
      throw conflict(resource.plural, current.metadata?.name ?? '');
    }
  }

  private blank({ apiVersion, kind }: Resource, namespace: string, name: string): KubeObject {
    const creationTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    return { kind, apiVersion, metadata: { name, namespace, uid: randomUUID(), creationTimestamp } };
  }

  private save(
    resource: Resource,
    object: KubeObject,
    ownership: FieldOwnership,
    before: Stored | undefined,
  ): KubeObject {
    const checked = resource.kind === 'Secret' ? normalizeSecret(object, before?.object) : object;
    if (resource.kind === 'Secret') validateSecret(checked, before?.object);
    // A write that changes nothing is none: the version stays, and nobody hears of it.
    if (before && sameFields(before.object, checked) && before.ownership.equals(ownership))
      return before.object;

    const version = ++this.latest;
    const managedFields = ownership.toManagedFields(resource.apiVersion);
    const saved: KubeObject = {
      ...checked,
      metadata: {
        ...checked.metadata,
        resourceVersion: String(version),
        ...(managedFields && { managedFields }),
      },
    };
    const { namespace = '', name = '' } = saved.metadata ?? {};
    this.stored.set(keyOf(resource, namespace, name), { object: saved, ownership });
    this.record({
      type: before ? 'MODIFIED' : 'ADDED',
      object: saved,
      previous: before?.object,
      version,
    });
    return saved;
  }

  private record(change: Change): void {
    this.history.push(change);
    if (this.history.length > HISTORY_LENGTH)
      this.compactedTo = this.history.shift()?.version ?? this.compactedTo;
    this.changes.emit('change', change);
  }
}

function keyOf({ plural }: Resource, namespace: string, name: string): string {
  return `${plural}/${namespace}/${name}`;
}

function serverFields({ metadata }: KubeObject): KubeObject['metadata'] {
  const { name = '', namespace = '', uid = '', creationTimestamp } = metadata ?? {};
  return { name, namespace, uid, creationTimestamp };
}
