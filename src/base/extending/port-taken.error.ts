import { EXIT_CODE_CONFIGURATION, ExporterError } from '../errors/exporter.error.ts';

/** Two extensions provide what only one can. */
export class PortTakenError extends ExporterError {
  readonly code = 'MCCE_PORT_TAKEN';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  /** @param extensions their names */
  constructor(port: string, extensions: readonly string[]) {
    super(`The extensions ${extensions.join(' and ')} both provide a ${port}, and only one can.`, {
      remedy: 'Take one of them out of MCCE_EXTENSIONS.',
      lasting: true,
    });
  }
}
