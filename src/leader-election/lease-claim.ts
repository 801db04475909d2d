import { KubeRequestError } from '../kube/failures/kube-request.error.ts';
import type { LeaseClient } from '../kube/objects/lease-client.ts';
import { microTime } from '../kube/objects/micro-time.ts';
import type { LeaseSnapshot } from '../kube/objects/lease-snapshot.ts';
import type { LeaseTimes } from './lease-times.ts';

/**
 * Writes one candidate's name into the Lease, and out of it. Every write names the version that it is based on, so of two
 * candidates that write at the same moment one fails.
 *
 * What it rejects with is a `KubeRequestError`; whether the write was done is not known then.
 */
export class LeaseClaim {
  constructor(
    private readonly client: LeaseClient,
    readonly identity: string,
    private readonly times: LeaseTimes,
  ) {}

  /**
   * Takes a Lease that is free.
   *
   * @returns undefined when somebody else changed it meanwhile
   */
  async take(free: LeaseSnapshot, signal: AbortSignal): Promise<LeaseSnapshot | undefined> {
    const now = microTime(new Date());
    const fields = {
      holderIdentity: this.identity,
      leaseDurationSeconds: this.times.leaseMs / 1_000,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: free.transitions + (free.holder === this.identity ? 0 : 1),
    };
    return await this.client.update(free.resourceVersion, fields, { signal }).catch(unlessOvertaken);
  }

  /**
   * Renews the Lease that it holds.
   *
   * @returns undefined when somebody else changed it meanwhile
   */
  async renew(held: LeaseSnapshot, signal: AbortSignal): Promise<LeaseSnapshot | undefined> {
    const fields = { leaseDurationSeconds: this.times.leaseMs / 1_000, renewTime: microTime(new Date()) };
    return await this.client.update(held.resourceVersion, fields, { signal }).catch(unlessOvertaken);
  }

  /**
   * Frees the Lease if it is ours, so that nobody need wait until it expires.
   *
   * @returns whether it was ours
   */
  async giveBack(signal: AbortSignal): Promise<boolean> {
    const { object: lease } = await this.client.list(signal);
    if (lease?.holder !== this.identity) return false;
    const fields = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(new Date()) };
    await this.client.update(lease.resourceVersion, fields, { signal });
    return true;
  }
}

function unlessOvertaken(error: unknown): undefined {
  if (error instanceof KubeRequestError && (error.status === 409 || error.status === 404)) return undefined;
  throw error;
}
