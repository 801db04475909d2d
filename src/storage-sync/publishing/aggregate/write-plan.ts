import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { type Aggregate, MANAGED_BY, MANAGED_BY_LABEL } from './aggregate.ts';

/** What has to be written so that the hub holds the aggregate. */
export interface WritePlan {
  /** Undefined: it is created, with all of it. */
  readonly resourceVersion: string | undefined;
  /** Base64 text by key. */
  readonly set: ReadonlyMap<string, string>;
  /** Keys that go. Sorted. */
  readonly remove: readonly string[];
  /** Those of ours that differ. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether our label is missing. */
  readonly label: boolean;
}

/**
 * What differs between the aggregate and what the hub holds. Labels and annotations of others do not count. Where nothing was ever
 * read well and nothing is there, nothing is written: an empty Secret would only wake readers.
 *
 * @returns undefined when nothing differs
 */
export function planWrite(aggregate: Aggregate, held: SecretSnapshot | undefined): WritePlan | undefined {
  const { contents } = aggregate;
  if (!held && contents.size === 0) return undefined;
  const set = new Map<string, string>();
  for (const [name, { encoded }] of contents) if (held?.data.get(name) !== encoded) set.set(name, encoded);
  const remove = [...(held?.data.keys() ?? [])].filter((name) => !contents.has(name)).toSorted();
  const annotations = annotationChanges(aggregate, held);
  const label = held?.labels.get(MANAGED_BY_LABEL) !== MANAGED_BY;
  const differs = set.size > 0 || remove.length > 0 || label || Object.keys(annotations).length > 0;
  return differs ? { resourceVersion: held?.resourceVersion, set, remove, annotations, label } : undefined;
}

function annotationChanges(
  { annotations }: Aggregate,
  held: SecretSnapshot | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).filter(([name, text]) => held?.annotations.get(name) !== text),
  );
}
