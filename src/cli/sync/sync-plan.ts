import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import type { WritePlan } from '../../storage-sync/publishing/aggregate/write-plan.ts';
import { restoreContent } from '../../storage-sync/keeping/source-content.ts';
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
export function planChanges(
  held: Pick<SecretSnapshot, 'data'> | undefined,
  { set, remove }: Pick<WritePlan, 'set' | 'remove'>,
): KeyChange[] {
  return [...set.keys(), ...remove].toSorted().map((cluster): KeyChange => {
    const [before, after] = [held?.data.get(cluster), set.get(cluster)].map((encoded) =>
      encoded === undefined ? undefined : summaryOf(encoded),
    );
    if (!after) return { cluster, change: 'removed', ...(before && { before }) };
    return before ? { cluster, change: 'changed', before, after } : { cluster, change: 'added', after };
  });
}

/** Of what nobody can read there is no more to say than its size. */
function summaryOf(encoded: string): { bytes: number; sha256: string } {
  const content = restoreContent(encoded)?.content;
  return content
    ? { bytes: content.bytes, sha256: shortDigest(content) }
    : { bytes: Buffer.byteLength(encoded, 'base64'), sha256: 'unreadable' };
}
