import type { SecretSnapshot } from '../../kube/secret-snapshot.ts';
import type { Aggregate } from '../../storage-sync/publishing/aggregate/aggregate.ts';
import { restoreContent, type SourceContent } from '../../storage-sync/keeping/source-content.ts';
import { shortDigest } from '../short-digest.ts';

/** What becomes of one key of the aggregate. Digests are the first twelve digits of the content's SHA-256. */
export interface KeyChange {
  cluster: string;
  change: 'added' | 'changed' | 'removed';
  before?: { bytes: number; sha256: string };
  after?: { bytes: number; sha256: string };
}

/**
 * What a write would change, key by key, sorted by name.
 *
 * @param held what the hub holds; undefined when there is no aggregate
 */
export function planChanges(held: SecretSnapshot | undefined, wanted: Aggregate): KeyChange[] {
  const names = new Set([...(held?.data.keys() ?? []), ...wanted.contents.keys()]);
  return [...names].toSorted().flatMap((cluster): KeyChange[] => {
    const encoded = held?.data.get(cluster);
    const content = wanted.contents.get(cluster);
    if (encoded === content?.encoded) return [];
    const before = encoded === undefined ? undefined : summaryOf(encoded);
    if (!content) return [{ cluster, change: 'removed', ...(before && { before }) }];
    const after = summary(content);
    return [before ? { cluster, change: 'changed', before, after } : { cluster, change: 'added', after }];
  });
}

/** Of what nobody can read there is no more to say than its size. */
function summaryOf(encoded: string): { bytes: number; sha256: string } {
  const content = restoreContent(encoded);
  return content ? summary(content) : { bytes: Buffer.byteLength(encoded, 'base64'), sha256: 'unreadable' };
}

function summary(content: SourceContent): { bytes: number; sha256: string } {
  return { bytes: content.bytes, sha256: shortDigest(content) };
}
