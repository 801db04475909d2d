import type { KubeClient } from '../http/kube-client.ts';
import { LEASE, type LeaseSnapshot } from './lease-snapshot.ts';
import { ObjectClient, type WriteLimits } from './object-client.ts';
import type { ObjectRef } from './object-ref.ts';

/** Fields of a Lease's spec, as Kubernetes names them. */
export interface LeaseFields {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** One named Lease. */
export class LeaseClient extends ObjectClient<LeaseSnapshot> {
  constructor(kube: KubeClient, ref: ObjectRef) {
    super(kube, LEASE, ref);
  }

  /** Creates it, held by nobody. One that is there already stays as it is, so that two who do this do not collide. */
  async ensure(limits: WriteLimits): Promise<LeaseSnapshot> {
    return await this.applyFields({}, limits);
  }

  /** Changes fields of its spec. Refused with `Conflict` unless the server still holds this version. */
  async update(resourceVersion: string, spec: LeaseFields, limits: WriteLimits): Promise<LeaseSnapshot> {
    return await this.mergeFields(resourceVersion, { spec }, this.kind, limits);
  }
}
