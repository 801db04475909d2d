import { SecretClient } from '../../kube/objects/secret-client.ts';
import type { Hub } from '../hub.ts';
import { attempt, REQUEST_TIMEOUT_MS, unless } from '../requests.ts';

/**
 * The keys of the aggregate as the hub holds them, all parts together.
 *
 * @returns base64 text by cluster; empty when there is no aggregate
 * @throws CommandFailedError
 */
export async function readAggregate({
  client,
  refs,
}: Pick<Hub, 'client' | 'refs'>): Promise<ReadonlyMap<string, string>> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const parts = await Promise.all(
    refs.aggregateParts.map((part) =>
      attempt(
        `Reading the aggregate ${part.namespace}/${part.name} on the hub`,
        unless('not_found', new SecretClient(client, part).get(signal)),
      ),
    ),
  );
  return new Map(parts.flatMap((part) => [...(part?.data ?? [])]));
}
