import type { ApiClient } from './api-client.ts';

/** What a Lease says, as Kubernetes names it. */
export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  renewTime?: string;
  leaseTransitions?: number;
}

/** One Lease on one API server, as a person looks at it. */
export class LeaseEditor {
  private readonly client: ApiClient;
  private readonly name: string;
  private readonly collection: string;

  constructor(client: ApiClient, name: string, namespace = 'default') {
    this.client = client;
    this.name = name;
    this.collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  }

  /** Empty when the Lease does not exist. */
  async spec(): Promise<LeaseSpec> {
    const { status, body } = await this.client.request('GET', `${this.collection}/${this.name}`);
    if (status === 404) return {};
    if (status !== 200) throw new Error(`reading the Lease answers ${status}`);
    return body.spec ?? {};
  }

  /**
   * Creates it, held by somebody who never renews it.
   *
   * @param renewTime of the last renewal; now by default
   */
  async give(
    holderIdentity: string,
    renewTime = new Date().toISOString().replace('Z', '000Z'),
  ): Promise<void> {
    await this.client.must('POST', this.collection, {
      body: {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: this.name },
        spec: { holderIdentity, leaseDurationSeconds: 15, renewTime, leaseTransitions: 1 },
      },
    });
  }

  async edit(spec: LeaseSpec): Promise<void> {
    await this.client.must('PATCH', `${this.collection}/${this.name}`, {
      body: { spec },
      contentType: 'application/merge-patch+json',
    });
  }

  /** Deletes it if it exists. */
  async delete(): Promise<void> {
    const { status } = await this.client.request('DELETE', `${this.collection}/${this.name}`);
    if (status !== 200 && status !== 404) throw new Error(`deleting the Lease answers ${status}`);
  }
}
