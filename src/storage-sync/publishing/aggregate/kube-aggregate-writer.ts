import { Injectable } from '@nestjs/common';
import { HubClient } from '../../../kube/hub/hub-client.ts';
import { KubeRequestError } from '../../../kube/failures/kube-request.error.ts';
import type { WriteLimits } from '../../../kube/objects/object-client.ts';
import { ObjectRefs } from '../../../kube/hub/object-refs.ts';
import { SecretClient } from '../../../kube/objects/secret-client.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import type { Term } from '../../../leader-election/leadership.ts';
import { AggregateWriter } from './aggregate-writer.ts';
import type { WritePlan } from './write-plan.ts';

/** For one write; a stop waits for it, then for the Lease, and has 10 s in all. */
const WRITE_TIMEOUT_MS = 6_000;

/**
 * Writes the aggregate to the hub. It is created by server-side apply, which RBAC can limit to this name; every later write is one merge
 * patch that holds only what changes and is answered without the data.
 */
@Injectable()
export class KubeAggregateWriter extends AggregateWriter {
  private readonly clients: readonly SecretClient[];

  constructor(hub: HubClient, refs: ObjectRefs) {
    super();
    this.clients = refs.aggregateParts.map((part) => new SecretClient(hub, part));
  }

  override async write(
    plan: WritePlan,
    held: SecretSnapshot | undefined,
    term: Term,
  ): Promise<SecretSnapshot> {
    const signal = AbortSignal.any([term.signal, AbortSignal.timeout(WRITE_TIMEOUT_MS)]);
    const limits = { signal, permit: () => term.permit() };
    const client = this.clients[plan.part];
    if (!client) throw new RangeError(`there is no part ${plan.part}`);
    try {
      return held ? await patch(client, plan, held, limits) : await create(client, plan, limits);
    } catch (error) {
      if (error instanceof KubeRequestError && error.status === undefined) term.writeMayStillArrive();
      throw error;
    }
  }
}

async function create(
  client: SecretClient,
  { set, annotations, labels }: WritePlan,
  limits: WriteLimits,
): Promise<SecretSnapshot> {
  return await client.apply({ labels, annotations, data: set }, limits);
}

async function patch(
  client: SecretClient,
  { set, remove, annotations, labels }: WritePlan,
  held: SecretSnapshot,
  limits: WriteLimits,
): Promise<SecretSnapshot> {
  const data = new Map<string, string | null>([...set, ...remove.map((name) => [name, null] as const)]);
  const metadata = await client.edit({ annotations, data, labels }, held.resourceVersion, limits);
  return { ...held, ...metadata, data: patched(held.data, data) };
}

function patched(
  data: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, string | null>,
): Map<string, string> {
  const after = new Map(data);
  for (const [name, value] of changes) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return after;
}
