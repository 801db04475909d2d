import { ExporterError } from '../base/errors/exporter.error.ts';

/** A command of `mcce` cannot do what it was asked for. */
export class CommandFailedError extends ExporterError {
  readonly code = 'MCCE_COMMAND_FAILED';
}
