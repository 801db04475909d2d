import { EXIT_CODE_CONFIGURATION, ExporterError } from '../../base/errors/exporter.error.ts';

/** Two of the Secrets are one and the same, once their names are resolved. */
export class ObjectsClashError extends ExporterError {
  readonly code = 'MCCE_OBJECTS_CLASH';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  /** @param problem a sentence; names both and what would come of it */
  constructor(problem: string, remedy: string) {
    super(problem, { remedy, lasting: true });
  }
}
