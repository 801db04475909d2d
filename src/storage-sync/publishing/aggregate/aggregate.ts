import { createHash } from 'node:crypto';
import type { SecretSnapshot } from '../../../kube/secret-snapshot.ts';
import type { ClusterRecord } from '../../keeping/cluster-record.ts';
import type { SourceContent } from '../../keeping/source-content.ts';

/** Says who writes the aggregate. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'multi-cluster-config-exporter';
/** SHA-256 over names and contents: two aggregates with the same hash hold the same. */
export const CONTENT_HASH_ANNOTATION = 'multi-cluster-config-exporter/content-hash';
/** Names of the clusters whose key may be older than their source, sorted, with commas between. */
export const STALE_CLUSTERS_ANNOTATION = 'multi-cluster-config-exporter/stale-clusters';

/** What a Secret can hold: the sum over its decoded values (`MaxSecretSize`, k8s.io/api/core/v1). Bytes. */
export const SECRET_LIMIT_BYTES = 1024 * 1024;
/** Share of it from which on we warn. */
export const NEARLY_FULL = 0.8;

/** What the aggregate shall be. */
export interface Aggregate {
  readonly contents: ReadonlyMap<string, SourceContent>;
  /** Sum over the contents. */
  readonly bytes: number;
  /** Clusters whose newest content does not fit; their old one, if any, is in `contents`. Sorted. */
  readonly tooLarge: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Decides what is published. What fits is; where a new content does not fit, the published one stays. Contents that
 * shrink go first and make room, then those that need the least.
 *
 * @param published what we last knew to be in the aggregate and valid
 */
export function buildAggregate(
  records: Iterable<Pick<ClusterRecord, 'name' | 'content' | 'outdated'>>,
  published: ReadonlyMap<string, SourceContent>,
): Aggregate {
  const wanted = [...records].filter((record) => record.content !== undefined);
  const contents = new Map<string, SourceContent>();
  let bytes = 0;
  for (const { name } of wanted) {
    const old = published.get(name);
    if (!old) continue;
    contents.set(name, old);
    bytes += old.bytes;
  }

  const changes = wanted
    .flatMap(({ name, content }) =>
      content && contents.get(name)?.digest !== content.digest
        ? [{ name, content, growth: content.bytes - (contents.get(name)?.bytes ?? 0) }]
        : [],
    )
    .toSorted((a, b) => a.growth - b.growth || byName(a.name, b.name));
  const tooLarge: string[] = [];
  for (const { name, content, growth } of changes) {
    if (growth > 0 && bytes + growth > SECRET_LIMIT_BYTES) {
      tooLarge.push(name);
      continue;
    }
    contents.set(name, content);
    bytes += growth;
  }

  const outdated = wanted.filter((record) => record.outdated).map(({ name }) => name);
  const stale = [...new Set([...outdated, ...tooLarge])].filter((name) => contents.has(name)).toSorted();
  return {
    contents: new Map([...contents].toSorted(([a], [b]) => byName(a, b))),
    bytes,
    tooLarge: tooLarge.toSorted(),
    annotations: {
      [CONTENT_HASH_ANNOTATION]: hashContents(contents),
      [STALE_CLUSTERS_ANNOTATION]: stale.join(','),
    },
  };
}

/** Whether the Secret on the hub is the aggregate already. Foreign labels and annotations do not count. */
export function isPublished(aggregate: Aggregate, held: SecretSnapshot): boolean {
  return (
    held.labels.get(MANAGED_BY_LABEL) === MANAGED_BY &&
    Object.entries(aggregate.annotations).every(([name, value]) => held.annotations.get(name) === value) &&
    held.data.size === aggregate.contents.size &&
    [...aggregate.contents].every(([name, { encoded }]) => held.data.get(name) === encoded)
  );
}

/**
 * Whether the hub has to be written to. Where nothing was ever read well and nothing is there it has not: an empty Secret would
 * only wake readers.
 */
export function isToBeWritten(aggregate: Aggregate, held: SecretSnapshot | undefined): boolean {
  return held ? !isPublished(aggregate, held) : aggregate.contents.size > 0;
}

function hashContents(contents: ReadonlyMap<string, SourceContent>): string {
  const hash = createHash('sha256');
  for (const [name, { digest }] of [...contents].toSorted(([a], [b]) => byName(a, b)))
    hash.update(`${name} ${digest}\n`);
  return hash.digest('hex');
}

/** Names are ASCII, so this is the order of their bytes. */
function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
