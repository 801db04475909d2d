import { ExporterError } from '../../../base/errors/exporter.error.ts';
import type { ObjectRef } from '../../../kube/objects/object-ref.ts';
import type { SecretSnapshot } from '../../../kube/objects/secret-snapshot.ts';

/** The aggregate exists in a form that Kubernetes does not let us update. Nothing is deleted on the operator's behalf. */
export class AggregateNotWritableError extends ExporterError {
  readonly code = 'MCCE_AGGREGATE_NOT_WRITABLE';

  /** @param obstacle what is in the way, as a clause after "is" */
  constructor(ref: ObjectRef, obstacle: string) {
    super(`The Secret ${ref.namespace}/${ref.name} is ${obstacle} and cannot be updated.`, {
      remedy: 'Save what you need of it and delete it; the exporter then creates it again.',
      lasting: true,
    });
  }
}

/** @throws AggregateNotWritableError when no write can succeed until the operator acts */
export function checkWritable(ref: ObjectRef, { immutable, type }: SecretSnapshot): void {
  if (immutable) throw new AggregateNotWritableError(ref, 'immutable');
  if (type !== 'Opaque') throw new AggregateNotWritableError(ref, 'not of type Opaque');
}
