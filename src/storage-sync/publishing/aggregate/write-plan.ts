import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import type { Aggregate } from './aggregate.ts';

/** What has to be written so that the hub holds one part of the aggregate. */
export interface WritePlan {
  /** From 0. */
  readonly part: number;
  /** Undefined: it is created, with all of it. */
  readonly resourceVersion: string | undefined;
  /** Base64 text by key. */
  readonly set: ReadonlyMap<string, string>;
  /** Keys that go. Sorted. */
  readonly remove: readonly string[];
  /** Those of ours that differ. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Those of ours that differ. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What differs between one part of the aggregate and what the hub holds of it. Labels and annotations of others do not count. Where nothing was usual
 * read well and nothing is there, nothing is written: an empty Secret would only wake readers.
 *
 * @param counted whether readers look for it even if it is empty
 * @returns undefined when nothing differs
 */
export function planWrite(
  aggregate: Aggregate,
  held: SecretSnapshot | undefined,
  counted = false,
): WritePlan | undefined {
  const { contents } = aggregate;
  if (!held && contents.size === 0 && !counted) return undefined;
  const set = new Map<string, string>();
  for (const [name, { encoded }] of contents) if (held?.data.get(name) !== encoded) set.set(name, encoded);
  const remove = [...(held?.data.keys() ?? [])].filter((name) => !contents.has(name)).toSorted();
  const annotations = changesOf(aggregate.annotations, held?.annotations);
  const labels = changesOf(aggregate.labels, held?.labels);
  const sizes = [set.size, remove.length, Object.keys(annotations).length, Object.keys(labels).length];
  if (sizes.every((size) => size === 0)) return undefined;
  return { part: aggregate.part, resourceVersion: held?.resourceVersion, set, remove, annotations, labels };
}

/** Whether two plans write the same, whatever version they are for. */
export function isSameWrite(one: WritePlan, other: WritePlan): boolean {
  const written = ({ set, remove, annotations, labels }: WritePlan) =>
    JSON.stringify([[...set], remove, annotations, labels]);
  return one.part === other.part && written(one) === written(other);
}

function changesOf(
  wanted: Readonly<Record<string, string>>,
  held: ReadonlyMap<string, string> | undefined,
): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([name, text]) => held?.get(name) !== text));
}
