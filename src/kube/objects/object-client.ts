import { PatchStrategy } from '@kubernetes/client-node';
import type { KubeClient, KubeRequest } from '../http/kube-client.ts';
import { KubeRequestError } from '../failures/kube-request.error.ts';
import { accepted, objectField, type ObjectKind, type ObjectSnapshot, parseList } from './object-kind.ts';
import { collectionPath } from './object-path.ts';
import type { ObjectRef } from './object-ref.ts';
import { readWatchEvents, type WatchEvent } from '../watching/watch-events.ts';

/** Owner of the fields that the exporter writes, as `metadata.managedFields` names it. */
export const FIELD_MANAGER = 'multi-cluster-config-exporter';

/** What a list of one object gives: the object, if it exists, and the version from which to watch on. */
export interface ObjectList<Snapshot> {
  readonly resourceVersion: string;
  readonly object: Snapshot | undefined;
}

/** What bounds a write: until when it may take, and whether it may still leave. */
export type WriteLimits = Pick<KubeRequest, 'signal' | 'permit'>;

/**
 * One named object on one API server. Every request names it (by URL or by `fieldSelector=metadata.name=…`), so that RBAC
 * can grant exactly this object by `resourceNames`.
 *
 * Every failure is a {@link KubeRequestError}; an object that does not exist is one with `not_found`, except in a list.
 */
export class ObjectClient<Snapshot extends ObjectSnapshot> {
  constructor(
    private readonly kube: KubeClient,
    protected readonly kind: ObjectKind<Snapshot>,
    readonly ref: ObjectRef,
    private readonly fieldManager = FIELD_MANAGER,
  ) {}

  async get(signal: AbortSignal): Promise<Snapshot> {
    return this.parsed(
      await this.kube.json({ method: 'GET', path: this.path, accept: accepted(this.kind), signal }),
      this.kind,
    );
  }

  async list(signal: AbortSignal): Promise<ObjectList<Snapshot>> {
    const list = parseList(
      await this.kube.json({
        method: 'GET',
        path: this.collectionPath,
        query: { fieldSelector: this.selector },
        accept: accepted(this.kind, 'List'),
        signal,
      }),
    );
    const objects = list.items.map((item) => this.parsed(item, this.kind));
    return { resourceVersion: list.resourceVersion, object: objects[0] };
  }

  /**
   * Follows the object from a version on.
   *
   * @param timeoutSeconds after which the server ends the stream in good order
   */
  async watch(
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent<Snapshot>>> {
    const stream = await this.kube.stream({
      method: 'GET',
      path: this.collectionPath,
      query: {
        fieldSelector: this.selector,
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion,
        timeoutSeconds: String(timeoutSeconds),
      },
      accept: accepted(this.kind),
      signal,
    });
    return readWatchEvents(stream, (object) => this.parsed(object, this.kind));
  }

  /**
   * Creates the object by server-side apply, which RBAC can limit to one name (a POST it can not). If it is there by now, the fields are
   * added to it, but those that somebody owns with another value: then it is refused with `Conflict`.
   */
  protected async applyFields(
    { metadata, ...fields }: { metadata?: object; [field: string]: unknown },
    limits: WriteLimits,
  ): Promise<Snapshot> {
    const { apiVersion, kind } = this.kind;
    return await this.patch(
      PatchStrategy.ServerSideApply,
      { apiVersion, kind, metadata: { ...metadata, ...this.ref }, ...fields },
      { fieldManager: this.fieldManager },
      this.kind,
      limits,
    );
  }

  /** Creates the object. Refused with `AlreadyExists` when it is there. */
  protected async createWith(
    fields: Readonly<Record<string, unknown>>,
    limits: WriteLimits,
  ): Promise<Snapshot> {
    const { apiVersion, kind } = this.kind;
    const answer = await this.kube.json({
      method: 'POST',
      path: this.collectionPath,
      query: { fieldManager: this.fieldManager },
      contentType: 'application/json',
      body: JSON.stringify({ apiVersion, kind, metadata: this.ref, ...fields }),
      ...limits,
    });
    return this.parsed(answer, this.kind);
  }

  /**
   * Merges fields into the object that exists (RFC 7386). Refused with `Conflict` unless it is at this version.
   *
   * @param answer how much of the object the answer holds
   */
  protected async mergeFields<Answer extends ObjectSnapshot>(
    resourceVersion: string,
    { metadata, ...fields }: { metadata?: object; [field: string]: unknown },
    answer: ObjectKind<Answer>,
    limits: WriteLimits,
  ): Promise<Answer> {
    return await this.patch(
      PatchStrategy.MergePatch,
      { metadata: { ...metadata, resourceVersion }, ...fields },
      { fieldManager: this.fieldManager },
      answer,
      limits,
    );
  }

  private async patch<Answer extends ObjectSnapshot>(
    contentType: PatchStrategy,
    body: object,
    query: Readonly<Record<string, string>>,
    kind: ObjectKind<Answer>,
    limits: WriteLimits,
  ): Promise<Answer> {
    const answer = await this.kube.json({
      method: 'PATCH',
      path: this.path,
      query,
      accept: accepted(kind),
      contentType,
      body: JSON.stringify(body),
      ...limits,
    });
    return this.parsed(answer, kind);
  }

  /** An object of another name is none that was asked for: what answers is no API server, or knows no field selector. */
  private parsed<Parsed extends ObjectSnapshot>(value: unknown, kind: ObjectKind<Parsed>): Parsed {
    const { name } = objectField(objectField(value).metadata);
    if (name !== this.ref.name)
      throw new KubeRequestError({ reason: 'server_error', cause: 'the answer is about another object' });
    return kind.parse(value);
  }

  private get collectionPath(): string {
    return collectionPath(this.kind.apiVersion, this.kind.plural, this.ref.namespace);
  }

  private get path(): string {
    return `${this.collectionPath}/${encodeURIComponent(this.ref.name)}`;
  }

  private get selector(): string {
    return `metadata.name=${this.ref.name}`;
  }
}
