import { SecretClient } from '../../kube/objects/secret-client.ts';
import { foreignParts } from '../../storage-sync/publishing/aggregate/aggregate-parts.error.ts';
import type { Hub } from '../hub.ts';
import { attempt, REQUEST_TIMEOUT_MS, unless } from '../requests.ts';

/**
 * The keys of the aggregate as the hub holds them, all parts together. A Secret of somebody else that has the name of a part
 * is left out, as the exporter does.
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
    refs.aggregateParts.map(async (ref) => ({
      ref,
      secret: await attempt(
        `Reading the aggregate ${ref.namespace}/${ref.name} on the hub`,
        unless('not_found', new SecretClient(client, ref).get(signal)),
      ),
    })),
  );
  const foreign = foreignParts(parts, () => false);
  return new Map(parts.flatMap(({ secret }, index) => (foreign.has(index) ? [] : [...(secret?.data ?? [])])));
}
