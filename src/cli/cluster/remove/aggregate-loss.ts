import { restoreContent } from '../../../storage-sync/keeping/source-content.ts';
import type { Hub } from '../../hub.ts';
import { registryEntries } from '../../registry/registry-entries.ts';
import { readAggregate } from '../read-aggregate.ts';

/** What the aggregate loses with a cluster: its name and size. One line. */
export async function aggregateLoss(
  hub: Pick<Hub, 'client' | 'refs' | 'settings'>,
  registry: ReadonlyMap<string, string>,
  name: string,
): Promise<string> {
  const { aggregate } = hub.refs;
  const where = `${aggregate.namespace}/${aggregate.name}`;
  const others = new Map([...registry].filter(([other]) => other !== name));
  if (!registryEntries(others, hub.settings).some(({ verdict }) => verdict === 'accepted'))
    return `it is the last usable entry: the aggregate ${where} stays as it is`;
  const encoded = (await readAggregate(hub)).get(name);
  if (encoded === undefined) return `the aggregate ${where} holds nothing of it`;
  const content = restoreContent(encoded)?.content;
  return `the aggregate ${where} loses its key ${name}${content ? `: ${content.bytes} bytes` : ', which nobody can read'}`;
}
