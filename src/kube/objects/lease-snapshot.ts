import { expectKind, type ObjectKind, type ObjectSnapshot, objectField, textField } from './object-kind.ts';

/** A Lease as an API server held it at one moment. */
export interface LeaseSnapshot extends ObjectSnapshot {
  /** Empty: nobody holds it. */
  readonly holder: string;
  /** By the holder's clock, and so good for nothing but to tell two renewals apart. */
  readonly renewTime: string;
  /** How often the holder changed. */
  readonly transitions: number;
}

/** Leases (Kubernetes API reference, "Lease v1 coordination.k8s.io"). Every field of the spec may be missing. */
export const LEASE: ObjectKind<LeaseSnapshot> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  parse(value) {
    const lease = objectField(value);
    expectKind(lease, 'Lease');
    const { holderIdentity, renewTime, leaseTransitions } = objectField(lease.spec ?? {});
    return {
      resourceVersion: textField(objectField(lease.metadata).resourceVersion),
      holder: typeof holderIdentity === 'string' ? holderIdentity : '',
      renewTime: typeof renewTime === 'string' ? renewTime : '',
      transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    };
  },
};
