import { EXIT_CODE_CONFIGURATION, ExporterError } from '../base/errors/exporter.error.ts';
import type { ObjectRef } from '../kube/objects/object-ref.ts';

/** Another exporter holds the Lease, and this one was told to write without. */
export class LeaseHeldError extends ExporterError {
  readonly code = 'MCCE_LEASE_HELD';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  /** @param holder as the Lease names it */
  constructor({ namespace, name }: ObjectRef, holder: string) {
    super(`${holder} holds the Lease ${namespace}/${name}: another exporter writes the aggregate.`, {
      remedy:
        'Stop it, or set MCCE_LEADER_ELECTION=true, so that this one stands by; for an aggregate of its own set MCCE_NAMESPACE.',
      lasting: true,
    });
  }
}
