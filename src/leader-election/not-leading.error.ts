import { ExporterError } from '../base/errors/exporter.error.ts';

/** A write was about to leave although this replica does not hold the Lease for certain. Nothing was sent. */
export class NotLeadingError extends ExporterError {
  readonly code = 'MCCE_NOT_LEADING';

  constructor() {
    super('This replica does not hold the Lease for certain, so nothing was written; the leader writes.');
  }
}
