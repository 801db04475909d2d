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

/**
 * What keeps us from taking over the aggregate: further parts hold keys, or one that is wanted belongs to somebody else.
 *
 * @param parts of the settings, with what the hub holds of each
 */
export function partsProblem(
  parts: readonly { readonly ref: ObjectRef; readonly secret: SecretSnapshot | undefined }[],
): AggregatePartsError | undefined {
  const [first, ...others] = parts;
  const used = countedParts(first?.secret);
  if (used > parts.length)
    return new AggregatePartsError(
      `The aggregate is split over ${used} Secrets, and MCCE_AGGREGATE_PARTS allows ${parts.length}.`,
      `Set MCCE_AGGREGATE_PARTS to ${used} or more. It can be lowered once the last parts hold no keys any more.`,
    );
  const foreign = others.find(
    ({ secret }) => secret && secret.data.size > 0 && secret.labels.get(AGGREGATE_LABEL) !== first?.ref.name,
  );
  if (!foreign) return undefined;
  const { namespace, name } = foreign.ref;
  return new AggregatePartsError(
    `The Secret ${namespace}/${name} would be a part of the aggregate, and belongs to somebody else.`,
    'Delete it if nobody needs it, give the aggregate another name, or set MCCE_AGGREGATE_PARTS to a number that leaves it out.',
  );
}
