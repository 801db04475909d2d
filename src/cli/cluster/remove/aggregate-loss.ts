import { SecretClient } from '../../../kube/objects/secret-client.ts';
import { restoreContent } from '../../../storage-sync/keeping/source-content.ts';
import type { Hub } from '../../hub.ts';
import { registryEntries } from '../../registry/registry-entries.ts';
import { attempt, REQUEST_TIMEOUT_MS, unless } from '../../requests.ts';

/** What the aggregate loses with a cluster: its name and size. One line. */
export async function aggregateLoss(
  { client, refs: { aggregate }, settings }: Pick<Hub, 'client' | 'refs' | 'settings'>,
  registry: ReadonlyMap<string, string>,
  name: string,
): Promise<string> {
  const where = `${aggregate.namespace}/${aggregate.name}`;
  const others = new Map([...registry].filter(([other]) => other !== name));
  if (!registryEntries(others, settings).some(({ verdict }) => verdict === 'accepted'))
    return `it is the last usable entry: the aggregate ${where} stays as it is`;
  const reading = new SecretClient(client, aggregate).get(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
  const held = await attempt(`Reading the aggregate ${where} on the hub`, unless('not_found', reading));
  const encoded = held?.data.get(name);
  if (encoded === undefined) return `the aggregate ${where} holds nothing of it`;
  const content = restoreContent(encoded);
  return `the aggregate ${where} loses its key ${name}${content ? `: ${content.bytes} bytes` : ', which nobody can read'}`;
}
