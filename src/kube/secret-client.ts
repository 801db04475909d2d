import { PatchStrategy } from '@kubernetes/client-node';
import type { KubeClient } from './kube-client.ts';
import { KubeRequestError } from './kube-request.error.ts';
import type { SecretRef } from './secret-ref.ts';
import { type SecretSnapshot, toSecretSnapshot } from './secret-snapshot.ts';
import { readWatchEvents, type WatchEvent } from './watch-events.ts';

/** Manager of the fields that we own (Kubernetes, "Server-Side Apply"). */
const FIELD_MANAGER = 'multi-cluster-config-exporter';

/** What a list of one Secret gives: the Secret, if it exists, and the version from which to watch on. */
export interface SecretList {
  resourceVersion: string;
  secret: SecretSnapshot | undefined;
}

/** The whole of what we want a Secret to be. Fields that others own stay theirs. */
export interface SecretApplication {
  /** With it the write is refused with `Conflict` unless the server still holds this version. */
  resourceVersion?: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Base64 text by key. */
  data: ReadonlyMap<string, string>;
}

/**
 * One named Secret on one API server. Every request names it (by URL or by `fieldSelector=metadata.name=…`), so that RBAC
 * can grant exactly this Secret by `resourceNames`.
 *
 * Every failure is a {@link KubeRequestError}; a Secret that does not exist is one with `not_found`, except in a list.
 */
export class SecretClient {
  constructor(
    private readonly kube: KubeClient,
    readonly ref: SecretRef,
  ) {}

  async get(signal: AbortSignal): Promise<SecretSnapshot> {
    return toSecretSnapshot(await this.kube.json({ method: 'GET', path: this.path, signal }));
  }

  async list(signal: AbortSignal): Promise<SecretList> {
    const list = await this.kube.json({
      method: 'GET',
      path: this.collectionPath,
      query: { fieldSelector: this.selector },
      signal,
    });
    const { metadata, items } = list as { metadata?: { resourceVersion?: unknown }; items?: unknown };
    if (typeof metadata?.resourceVersion !== 'string' || !(Array.isArray(items) || items === null)) {
      throw new KubeRequestError({ reason: 'server_error', cause: 'the answer is not a list of Secrets' });
    }
    const secrets = (items ?? []).map(toSecretSnapshot);
    return { resourceVersion: metadata.resourceVersion, secret: secrets[0] };
  }

  /**
   * Follows the Secret from a version on.
   *
   * @param timeoutSeconds after which the server ends the stream in good order
   */
  async watch(
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent>> {
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
      signal,
    });
    return readWatchEvents(stream);
  }

  /**
   * Creates or updates the Secret by server-side apply, which RBAC can limit to one name even when it creates (a POST
   * it can not).
   */
  async apply(application: SecretApplication, signal: AbortSignal): Promise<SecretSnapshot> {
    const { resourceVersion, labels, annotations, data } = application;
    return await this.patch(
      PatchStrategy.ServerSideApply,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          ...this.ref,
          labels,
          annotations,
          ...(resourceVersion !== undefined && { resourceVersion }),
        },
        type: 'Opaque',
        // fromEntries defines properties, so a key named __proto__ stays a key.
        data: Object.fromEntries(data),
      },
      { fieldManager: FIELD_MANAGER, force: 'true' },
      signal,
    );
  }

  /** Removes data keys, whoever owns them. Refused with `Conflict` unless the server still holds this version. */
  async removeKeys(
    keys: readonly string[],
    resourceVersion: string,
    signal: AbortSignal,
  ): Promise<SecretSnapshot> {
    return await this.patch(
      PatchStrategy.MergePatch,
      { metadata: { resourceVersion }, data: Object.fromEntries(keys.map((key) => [key, null])) },
      { fieldManager: FIELD_MANAGER },
      signal,
    );
  }

  private async patch(
    contentType: PatchStrategy,
    body: object,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<SecretSnapshot> {
    const answer = await this.kube.json({
      method: 'PATCH',
      path: this.path,
      query,
      contentType,
      body: JSON.stringify(body),
      signal,
    });
    return toSecretSnapshot(answer);
  }

  private get collectionPath(): string {
    return `/api/v1/namespaces/${encodeURIComponent(this.ref.namespace)}/secrets`;
  }

  private get path(): string {
    return `${this.collectionPath}/${encodeURIComponent(this.ref.name)}`;
  }

  private get selector(): string {
    return `metadata.name=${this.ref.name}`;
  }
}
