import { ExporterError } from '../../../base/errors/exporter.error.ts';
import type { ObjectRef } from '../../../kube/objects/object-ref.ts';

/** The hub answers a write with success, and does not hold what was written. */
export class AggregateNotKeptError extends ExporterError {
  readonly code = 'MCCE_AGGREGATE_NOT_KEPT';

  constructor({ namespace, name }: ObjectRef) {
    super(`The hub does not keep what the exporter writes into the Secret ${namespace}/${name}.`, {
      remedy: 'Look for an admission webhook or policy that changes this Secret, and exempt it.',
      lasting: true,
    });
  }
}
