import { PatchStrategy } from '@kubernetes/client-node';
import { FIELD_MANAGER, type WriteLimits } from '../../../kube/objects/object-client.ts';
import { KubeRequestError } from '../../../kube/failures/kube-request.error.ts';
import type { KubeClient } from '../../../kube/http/kube-client.ts';
import { objectField } from '../../../kube/objects/object-kind.ts';
import { type ObjectMetadata, parseMetadata } from '../../../kube/objects/object-metadata.ts';
import { collectionPath } from '../../../kube/objects/object-path.ts';
import type { ForExisting } from './output.ts';
import { OUTPUT_LABEL, type Leftover, type PlannedObject } from './object-plan.ts';

/** Metadata alone is asked for. */
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/** What is there of a name. `none`: nothing; `ours`; or what becomes of what is not ours. */
export interface Found {
  readonly is: 'none' | 'ours' | ForExisting;
  readonly resourceVersion?: string;
}

/** Reads and writes the objects of one output on the hub. Every failure is a `KubeRequestError`. */
export class OutputObjects {
  constructor(
    private readonly hub: KubeClient,
    private readonly output: string,
  ) {}

  /**
   * Whether an object of this name is there, and ours; where it is not, what becomes of it.
   *
   * @param signal ends the request
   */
  async look(planned: PlannedObject, signal: AbortSignal): Promise<Found> {
    const { existing = 'refuse' } = planned.wanted;
    // Metadata is enough, unless somebody wants to see what is there.
    const accept = typeof existing === 'function' ? 'application/json' : METADATA;
    try {
      const object = objectField(
        await this.hub.json({ method: 'GET', path: pathOf(planned), accept, signal }),
      );
      const { labels, resourceVersion } = metadataOf(object);
      if (labels.get(OUTPUT_LABEL) === this.output) return { is: 'ours', resourceVersion };
      return { is: typeof existing === 'function' ? existing(object) : existing, resourceVersion };
    } catch (error) {
      if (error instanceof KubeRequestError && error.reason === 'not_found') return { is: 'none' };
      throw error;
    }
  }

  /**
   * @param exists whether one of that name is there, whose fields become ours; one that somebody makes in this very moment is not taken from them
   * @returns the version that came of it
   */
  async apply(planned: PlannedObject, exists: boolean, limits: WriteLimits): Promise<string> {
    try {
      return await this.applyOnce(planned, exists, limits);
    } catch (error) {
      const isImmutable = error instanceof KubeRequestError && error.status === 422;
      if (!exists || !isImmutable || planned.wanted.replaceable !== true) throw error;
      const { namespace, name } = planned.wanted;
      await this.remove({ kind: planned.kind, namespace, name }, limits);
      return await this.applyOnce(planned, false, limits);
    }
  }

  /** Deletes it as it was seen; that it is gone already, or was changed since, is no failure. */
  async remove(
    leftover: Pick<Leftover, 'kind' | 'namespace' | 'name'> & { resourceVersion?: string },
    limits: WriteLimits,
  ): Promise<void> {
    const { kind, namespace, name, resourceVersion } = leftover;
    const preconditions = resourceVersion === undefined ? {} : { preconditions: { resourceVersion } };
    try {
      await this.hub.json({
        method: 'DELETE',
        path: `${collectionPath(kind.apiVersion, kind.plural, namespace)}/${encodeURIComponent(name)}`,
        contentType: 'application/json',
        body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', ...preconditions }),
        ...limits,
      });
    } catch (error) {
      if (!(error instanceof KubeRequestError && (error.status === 404 || error.status === 409))) throw error;
    }
  }

  private async applyOnce(planned: PlannedObject, force: boolean, limits: WriteLimits): Promise<string> {
    const answer = await this.hub.json({
      method: 'PATCH',
      path: pathOf(planned),
      query: { fieldManager: `${FIELD_MANAGER}-${this.output}`, force: String(force) },
      contentType: PatchStrategy.ServerSideApply,
      accept: METADATA,
      body: planned.body,
      ...limits,
    });
    return metadataOf(answer).resourceVersion;
  }
}

function pathOf({ kind, wanted }: PlannedObject): string {
  return `${collectionPath(kind.apiVersion, kind.plural, wanted.namespace)}/${encodeURIComponent(wanted.name)}`;
}

function metadataOf(object: unknown): ObjectMetadata {
  return parseMetadata(objectField(object).metadata);
}
