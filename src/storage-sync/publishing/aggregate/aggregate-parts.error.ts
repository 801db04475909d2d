import { ExporterError } from '../../../base/errors/exporter.error.ts';
import type { ObjectRef } from '../../../kube/objects/object-ref.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';
import { AGGREGATE_LABEL, countedParts } from './aggregate.ts';

/** The parts of the aggregate on the hub are not those that the settings allow. Nothing is written, so that no key is lost. */
export class AggregatePartsError extends ExporterError {
  readonly code = 'MCCE_AGGREGATE_PARTS';

  constructor(problem: string, remedy: string) {
    super(problem, { remedy, lasting: true });
  }
}

/** One Secret of the aggregate, and what the hub holds of it. */
interface Part {
  readonly ref: ObjectRef;
  readonly secret: SecretSnapshot | undefined;
}

/** What keeps us from taking over the aggregate: more parts hold keys than may be used. @param parts of the settings */
export function partsProblem(parts: readonly Part[]): AggregatePartsError | undefined {
  const used = countedParts(parts[0]?.secret);
  if (used <= parts.length) return undefined;
  return new AggregatePartsError(
    `The aggregate is split over ${used} Secrets, and MCCE_AGGREGATE_PARTS allows ${parts.length}.`,
    `Set MCCE_AGGREGATE_PARTS to ${used} or more. It can be lowered once the last parts hold no keys any more.`,
  );
}

/**
 * The parts whose Secret belongs to somebody else. What the first part counts is ours, whatever its label; of the others only what is empty and
 * has our label. Where there is no first part, the label decides.
 *
 * @param isOurs whether we have written a part ourselves
 */
export function foreignParts(parts: readonly Part[], isOurs: (index: number) => boolean): Set<number> {
  const [first] = parts;
  const counted = countedParts(first?.secret);
  const foreign = parts.flatMap(({ secret }, index) => {
    if (index === 0 || index < counted || !secret || isOurs(index)) return [];
    const labelled = secret.labels.get(AGGREGATE_LABEL) === first?.ref.name;
    return labelled && (secret.data.size === 0 || !first?.secret) ? [] : [index];
  });
  return new Set(foreign);
}

/** What is said of a part that belongs to somebody else. */
export function foreignPart({ namespace, name }: ObjectRef): AggregatePartsError {
  return new AggregatePartsError(
    `The Secret ${namespace}/${name} would be a part of the aggregate, and belongs to somebody else.`,
    'Delete it if nobody needs it, give the aggregate another name, or set MCCE_AGGREGATE_PARTS to a number that leaves it out.',
  );
}
