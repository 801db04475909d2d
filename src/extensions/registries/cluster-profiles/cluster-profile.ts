import { objectField, type ObjectKind, type ObjectSnapshot, parseMetadata } from '../../../index.ts';

/** A ClusterProfile as far as it is of use here. */
export interface ClusterProfile extends ObjectSnapshot {
  /** As the object holds it: anyone who writes the object may write anything. */
  readonly accessProviders: unknown;
}

/** ClusterProfiles (Cluster Inventory API, `ClusterProfile` v1alpha1). */
export const CLUSTER_PROFILE: ObjectKind<ClusterProfile> = {
  apiVersion: 'multicluster.x-k8s.io/v1alpha1',
  kind: 'ClusterProfile',
  plural: 'clusterprofiles',
  parse(value) {
    const { metadata, status } = objectField(value);
    const { accessProviders, credentialProviders } = objectField(status ?? {});
    return {
      resourceVersion: parseMetadata(metadata).resourceVersion,
      // The second is the older name of the first.
      accessProviders: accessProviders ?? credentialProviders ?? [],
    };
  },
};
