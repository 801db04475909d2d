import { randomBytes } from 'node:crypto';
import { loadAll } from 'js-yaml';
import type { KubeClient } from '../../kube/http/kube-client.ts';
import { collectionPath } from '../../kube/objects/object-path.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import { attempt } from '../attempt.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import {
  applyObject,
  collectionOf,
  deleteObject,
  type ManifestObject,
  MCCE_FIELD_MANAGER,
  orUndefined,
  REQUEST_TIMEOUT_MS,
} from '../kube-objects.ts';
import { clusterManifest, READER } from '../manifests/manifests.ts';

/** On the Secrets that tokens are bound to. */
const TOKEN_LABEL = { 'app.kubernetes.io/managed-by': 'mcce', 'app.kubernetes.io/name': READER };

/** A token of the reader. */
export interface ReaderToken {
  readonly token: string;
  readonly expires: Date;
  /** The Secret that it is bound to: it holds nothing, and the token ends when it is deleted. */
  readonly boundTo: ManifestObject;
}

/** The ServiceAccount in a cluster by which the exporter reads the source, with the least Role. */
export class Reader {
  constructor(
    private readonly kube: KubeClient,
    private readonly source: ObjectRef,
  ) {}

  /** Everything that it is made of, but for its tokens. */
  get objects(): ManifestObject[] {
    return loadAll(
      clusterManifest({ source: this.source.name, namespace: this.source.namespace }),
    ) as ManifestObject[];
  }

  /** Creates it, or brings it up to date. @throws CommandFailedError */
  async apply({ dryRun = false } = {}): Promise<void> {
    for (const object of this.objects) {
      const { kind, metadata } = object;
      const applied = await attempt(
        `Applying the ${kind} ${metadata.namespace}/${metadata.name} in the cluster`,
        orUndefined(applyObject(this.kube, object, { dryRun })),
      );
      if (!applied)
        throw new CommandFailedError(
          `The namespace ${metadata.namespace} does not exist in the cluster; create it, or name that of the source by MCCE_SOURCE_NAMESPACE.`,
        );
    }
  }

  /**
   * Makes a token (TokenRequest, authentication.k8s.io/v1). It is bound to a Secret of its own, so that it can be ended alone.
   *
   * @param durationMs that is asked for; the API server may give less
   * @throws CommandFailedError
   */
  async createToken(durationMs: number): Promise<ReaderToken> {
    const { namespace } = this.source;
    const boundTo = this.tokenSecret(`${READER}-${randomBytes(4).toString('hex')}`);
    const { metadata } = (await attempt(
      `Creating the Secret ${namespace}/${boundTo.metadata.name} in the cluster`,
      this.post(collectionOf(boundTo), boundTo),
    )) as { metadata: { uid: string } };
    const spec = {
      expirationSeconds: Math.floor(durationMs / 1_000),
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: boundTo.metadata.name, uid: metadata.uid },
    };
    const path = `${collectionPath('v1', 'serviceaccounts', namespace)}/${READER}/token`;
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    try {
      const { status } = (await attempt(
        `Making a token of the ServiceAccount ${namespace}/${READER} in the cluster`,
        this.post(path, request),
      )) as { status: { token: string; expirationTimestamp: string } };
      return { token: status.token, expires: new Date(status.expirationTimestamp), boundTo };
    } catch (error) {
      await this.remove([boundTo]).catch(() => undefined);
      throw error;
    }
  }

  /**
   * The Secrets that tokens of it are bound to, as far as mcce made them.
   *
   * @throws CommandFailedError
   */
  async tokenSecrets(): Promise<ManifestObject[]> {
    const query = {
      labelSelector: Object.entries(TOKEN_LABEL)
        .map((pair) => pair.join('='))
        .join(','),
    };
    const path = collectionOf(this.tokenSecret(''));
    const list = (await attempt(
      `Looking for the tokens of ${this.source.namespace}/${READER} in the cluster`,
      this.kube.json({ method: 'GET', path, query, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }),
    )) as { items: { metadata: { name: string } }[] | null };
    return (list.items ?? []).map(({ metadata }) => this.tokenSecret(metadata.name));
  }

  /** Deletes objects of it, in this order. A token ends with the Secret that it is bound to, all of them with the ServiceAccount. @throws CommandFailedError */
  async remove(objects: readonly ManifestObject[]): Promise<void> {
    for (const object of objects) {
      const { kind, metadata } = object;
      await attempt(
        `Deleting the ${kind} ${metadata.namespace}/${metadata.name} in the cluster`,
        deleteObject(this.kube, object),
      );
    }
  }

  private tokenSecret(name: string): ManifestObject {
    const { namespace } = this.source;
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels: TOKEN_LABEL } };
  }

  private async post(path: string, body: object): Promise<unknown> {
    return await this.kube.json({
      method: 'POST',
      path,
      query: { fieldManager: MCCE_FIELD_MANAGER },
      contentType: 'application/json',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  }
}

/**
 * The Secret that a token of ours is bound to, as its claims say (Kubernetes, "Managing Service Accounts").
 *
 * @returns undefined for any other token
 */
export function boundSecretOf(token: string | undefined): ManifestObject | undefined {
  try {
    const payload = Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { 'kubernetes.io': bound } = JSON.parse(payload) as {
      'kubernetes.io'?: { namespace?: unknown; secret?: { name?: unknown } };
    };
    const [namespace, name] = [bound?.namespace, bound?.secret?.name];
    if (typeof namespace !== 'string' || typeof name !== 'string' || !name.startsWith(`${READER}-`))
      return undefined;
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };
  } catch {
    return undefined;
  }
}
