import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from '../../kube/http/kube-client.ts';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import { tokenClaims } from '../../kube/objects/token-claims.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { READER } from '../manifests/manifests.ts';
import { CLUSTER_PERMISSIONS, renewalRule, rulesOf } from '../manifests/permissions.ts';
import {
  attempt,
  deleteObject,
  describeObject,
  getObject,
  type KubeKind,
  type KubeObject,
  listObjects,
  pathOf,
  post,
} from '../requests.ts';
import { isMadeFor, marksOf, type Owner, selectorOf } from './owner.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** In the order in which they are deleted: the token expires first. */
const SECRET: KubeKind = { apiVersion: 'v1', kind: 'Secret' };
const BINDING: KubeKind = { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding' };
const ROLE: KubeKind = { apiVersion: `${RBAC}/v1`, kind: 'Role' };
const ACCOUNT: KubeKind = { apiVersion: 'v1', kind: 'ServiceAccount' };
const DELETION_ORDER = [SECRET, BINDING, ROLE, ACCOUNT];

/** How long a cluster may take to write a token into its Secret. Milliseconds. */
const TOKEN_TIMEOUT_MS = 10_000;
const PAUSE_MS = 250;

/** How a token is made. */
export interface TokenWish {
  /** That is asked for; the API server may give less. Milliseconds. */
  readonly duration: number;
  /** A token Secret, which does not expire, in place of a token with an end. */
  readonly tokenSecret?: boolean;
  /** Whether the reader may make new tokens of itself. */
  readonly renew?: boolean;
}

/** A token of a reader. */
export interface ReaderToken {
  /** Name of the reader. */
  readonly reader: string;
  readonly token: string;
  /** Undefined: never. */
  readonly expires: Date | undefined;
}

/** What became of objects that were to be deleted. */
export interface Deletion {
  readonly deleted: readonly KubeObject[];
  /** They were not there. */
  readonly absent: readonly KubeObject[];
  readonly failed: readonly { readonly object: KubeObject; readonly message: string }[];
}

/**
 * What lets the exporter read the source of one entry in a cluster: a ServiceAccount, a Role, a RoleBinding and the Secret that the
 * token is bound to, all of one name. Each token has a reader of its own, so no two entries, registries or hubs share anything, and a
 * token expires with its reader.
 */
export class Readers {
  constructor(
    private readonly kube: KubeClient,
    private readonly source: ObjectRef,
    private readonly owner: Owner,
  ) {}

  /** A name that no reader has. */
  static newName(): string {
    return `${READER}-${randomBytes(4).toString('hex')}`;
  }

  /** What a reader is made of, in the order in which it is created. */
  objects(name: string, { tokenSecret = false, renew = false }: Partial<TokenWish> = {}): KubeObject[] {
    const { labels, annotations } = marksOf(this.owner);
    const metadata = { name, namespace: this.source.namespace, labels, annotations };
    const secret = tokenSecret && {
      type: 'kubernetes.io/service-account-token',
      metadata: { ...metadata, annotations: { ...annotations, 'kubernetes.io/service-account.name': name } },
    };
    return [
      { ...ACCOUNT, metadata },
      Object.assign(
        { ...ROLE, metadata },
        {
          rules: [
            ...rulesOf(CLUSTER_PERMISSIONS, { source: [this.source.name] }),
            ...(renew ? [renewalRule(name)] : []),
          ],
        },
      ),
      Object.assign(
        { ...BINDING, metadata },
        {
          roleRef: { apiGroup: RBAC, kind: 'Role', name },
          subjects: [{ kind: 'ServiceAccount', name, namespace: metadata.namespace }],
        },
      ),
      { ...SECRET, metadata, ...secret },
    ];
  }

  /**
   * Asks the cluster whether it would create a reader. A RoleBinding is left out: its Role would have to exist.
   *
   * @throws CommandFailedError
   */
  async rehearse(name: string, wish?: TokenWish): Promise<void> {
    for (const object of this.objects(name, wish))
      if (object.kind !== 'RoleBinding') await this.create(object, { dryRun: true });
  }

  /**
   * Creates a reader with its token (TokenRequest, authentication.k8s.io/v1).
   *
   * @param made takes what may be in the cluster, also when it fails
   * @param interruption ends it between two requests: what was sent is waited for, so that it can be taken back
   * @throws CommandFailedError
   */
  async createReader(
    name: string,
    wish: TokenWish,
    interruption: AbortSignal,
    made: KubeObject[],
  ): Promise<ReaderToken> {
    for (const object of this.objects(name, wish)) {
      interruption.throwIfAborted();
      made.push(object);
      try {
        made[made.length - 1] = await this.create(object);
      } catch (error) {
        if (isRefused(error)) made.pop();
        throw error;
      }
    }
    const boundTo = made.at(-1);
    interruption.throwIfAborted();
    const token = wish.tokenSecret
      ? await this.tokenInSecret(name, interruption)
      : await this.requestToken(name, boundTo?.metadata.uid, wish.duration);
    interruption.throwIfAborted();
    return { reader: name, token, expires: tokenClaims(token).expires };
  }

  /** What is in the cluster for the entry, in the order in which it is to be deleted. @throws CommandFailedError */
  async find(): Promise<KubeObject[]> {
    const { namespace } = this.source;
    const found: KubeObject[] = [];
    for (const kind of DELETION_ORDER) {
      const what = `Looking for ${kind.kind}s of mcce in the namespace ${namespace} of the cluster`;
      const listed = await attempt(what, listObjects(this.kube, kind, namespace, selectorOf(this.owner)));
      found.push(...listed.filter((object) => isMadeFor(this.owner, object)));
    }
    return found;
  }

  /** Deletes objects, and continues when one cannot be deleted. Never rejects. */
  async delete(objects: readonly KubeObject[]): Promise<Deletion> {
    const deletion = {
      deleted: [] as KubeObject[],
      absent: [] as KubeObject[],
      failed: [] as Deletion['failed'][0][],
    };
    for (const object of objects) {
      try {
        const what = `Deleting the ${describeObject(object)} in the cluster`;
        const there = await attempt(what, deleteObject(this.kube, object));
        (there ? deletion.deleted : deletion.absent).push(object);
      } catch (error) {
        const message = error instanceof CommandFailedError ? error.message : 'unexpected error';
        deletion.failed.push({ object, message });
      }
    }
    return deletion;
  }

  private async create(object: KubeObject, options: { dryRun?: boolean } = {}): Promise<KubeObject> {
    const { namespace } = object.metadata;
    const creating = post(this.kube, pathOf(object, namespace), object, options).catch((error: unknown) => {
      if ((error as { reason?: unknown }).reason !== 'not_found') throw error;
      throw new CommandFailedError(
        `The namespace ${namespace} does not exist in the cluster; create it, or name that of the source by MCCE_SOURCE_NAMESPACE.`,
      );
    });
    return (await attempt(`Creating the ${describeObject(object)} in the cluster`, creating)) as KubeObject;
  }

  private async requestToken(name: string, uid: string | undefined, durationMs: number): Promise<string> {
    const { namespace } = this.source;
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: Math.floor(durationMs / 1_000),
        boundObjectRef: { ...SECRET, name, uid },
      },
    };
    const { status } = (await attempt(
      `Requesting a token of the ServiceAccount ${namespace}/${name} in the cluster`,
      post(this.kube, `${pathOf(ACCOUNT, namespace, name)}/token`, request),
    )) as { status: { token: string } };
    return status.token;
  }

  /** The cluster's token controller writes it there (Kubernetes, "Managing Service Accounts"). */
  private async tokenInSecret(name: string, interruption: AbortSignal): Promise<string> {
    const ref = { namespace: this.source.namespace, name };
    const deadline = performance.now() + TOKEN_TIMEOUT_MS;
    for (;;) {
      interruption.throwIfAborted();
      const what = `Reading the token in the Secret ${ref.namespace}/${name} of the cluster`;
      const secret = (await attempt(what, getObject(this.kube, SECRET, ref))) as {
        data?: { token?: string };
      };
      const token = secret?.data?.token;
      if (token !== undefined) return Buffer.from(token, 'base64').toString('utf8');
      if (performance.now() > deadline)
        throw new CommandFailedError(
          'The cluster writes no token into a token Secret: its token controller is off. Leave --token-secret out.',
        );
      await delay(PAUSE_MS);
    }
  }
}

/** Whether a request was certainly not carried out. */
function isRefused(error: unknown): boolean {
  const reason = error instanceof CommandFailedError ? error.details.reason : undefined;
  return reason !== 'timeout' && reason !== 'server_error';
}
