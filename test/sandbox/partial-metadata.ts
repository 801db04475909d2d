import type { KubeObject } from '../support/api-client.ts';

/** How much of an object an answer holds. */
export type View = (object: KubeObject) => KubeObject;

const META = 'meta.k8s.io/v1';

/** What a request asks to be answered with (Kubernetes API Concepts, "Metadata-only fetches"). */
export function viewFor(accept: string | undefined): View {
  const wanted = /as=(PartialObjectMetadata(?:List)?);g=meta\.k8s\.io;v=v1/.exec(accept ?? '')?.[1];
  switch (wanted) {
    case 'PartialObjectMetadata':
      return metadataOf;
    case 'PartialObjectMetadataList':
      return ({ metadata = {}, items = [] }) => ({
        kind: wanted,
        apiVersion: META,
        metadata,
        items: items.map(metadataOf),
      });
    default:
      return (object) => object;
  }
}

function metadataOf({ metadata = {} }: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: META, metadata };
}
